import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { HostChoice } from '../../ui/host-choice.tsx'
import { HostZone } from '../../ui/host-zone.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { exportSets } from './export-sets.ts'
import { SearchAll } from './search-all.tsx'
import { SetFilters } from './set-filters.tsx'
import { SetList } from './set-list.tsx'

/** All sets of a host, newest first, and the search in their contents. */
export function SetsPage() {
  const { shell, sets, restore } = useMessages()
  useTitle(shell.sets)
  const search = useSearch({ from: '/sets' })
  const { host = 'local', q } = search
  const navigate = useNavigate({ from: '/sets' })
  const onSearch = useCallback(
    (text: string) => void navigate({ search: (now) => present({ ...now, q: text === '' ? undefined : text }), replace: true }),
    [navigate],
  )
  return (
    <HostZone host={host}>
      <div className="head">
        <h1>{shell.sets}</h1>
        <HostChoice host={host} onChange={(it) => void navigate({ search: it === 'local' ? {} : { host: it } })} />
        <span className="grow" />
        <ExportButtons load={() => exportSets(search)} name="sets" />
        <Link to="/restore" search={host === 'local' ? {} : { host }} className="button primary">
          {restore.title}
        </Link>
      </div>
      <div className="filter-row">
        <SearchBox value={q ?? ''} label={sets.search} onSearch={onSearch} />
        <SetFilters search={search} />
      </div>
      {q === undefined ? <SetList search={search} /> : <SearchAll host={host} task={search.task} storage={search.storage} text={q} />}
    </HostZone>
  )
}
