import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { HostChoice } from '../../ui/host-choice.tsx'
import { HostZone } from '../../ui/host-zone.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { useTitle } from '../../ui/use-title.ts'
import { SearchAll } from './search-all.tsx'
import { SetFilters } from './set-filters.tsx'
import { SetsIncomplete } from './sets-incomplete.tsx'
import type { SetsSearch } from './sets-search.ts'
import { SetsTable } from './sets-table.tsx'

/** All sets of a host, newest first, and the search through what is inside them. */
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

function querySets({ host = 'local', task, storage }: SetsSearch) {
  return { host, ...(task === undefined ? {} : { task }), ...(storage === undefined ? {} : { storage }) }
}

function SetList({ search }: { search: SetsSearch }) {
  const { sets, host: words } = useMessages()
  const list = usePages('listSets', { ...querySets(search), limit: 100 })
  const isFiltered = search.task !== undefined || search.storage !== undefined
  return (
    <Loaded query={list}>
      {({ first, rows, total }) => (
        <>
          <SetsIncomplete failures={first.failures} />
          {total === 0 && isFiltered && <p className="teach muted">{sets.noMatch}</p>}
          {total === 0 && !isFiltered && first.failures.length === 0 && (
            <section className="teach">
              <h2>{words.noSets}</h2>
              <p>{words.noSetsHint}</p>
              <Copy text="holdfast run" />
            </section>
          )}
          {total > 0 && (
            <div className="card">
              <SetsTable rows={rows} />
              <MoreButton pages={list} rest={total - rows.length} />
            </div>
          )}
        </>
      )}
    </Loaded>
  )
}

async function exportSets(search: SetsSearch) {
  const all = await loadAll((page) => call('listSets', { query: { ...querySets(search), ...page } }))
  return all.map(({ host, task, step, name, at, bytes, objects, places, claims }) => ({
    ...{ host, task, step, name, at, bytes, objects: objects ?? '', storages: places.map((it) => it.storage).join(' ') },
    ...{ published: claims.published?.at ?? '', verified: claims.verified?.at ?? '', restored: claims.restored?.at ?? '' },
  }))
}
