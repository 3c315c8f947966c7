import { Link, useNavigate } from '@tanstack/react-router'
import type { HostList } from '../../../../src/api/schema/hosts.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { AddHostButton } from './add-host.tsx'
import { exportHosts } from './export-hosts.ts'
import type { HostsSearch } from './hosts-search.ts'

const SORTS = ['state', 'name', 'lastGood', 'next'] as const

interface FilterProps {
  readonly counts: HostList['counts'] | undefined
  readonly search: HostsSearch
}

/** Filter and order of the hosts. */
export function HostsFilter({ counts, search }: FilterProps) {
  const { hosts } = useMessages()
  const { number } = useFormat()
  const navigate = useNavigate({ from: '/' })
  const views = [
    ['problems', hosts.problems, counts?.problems],
    ['all', hosts.all, counts?.all],
  ] as const
  return (
    <>
      <nav className="pick" aria-label={hosts.filter}>
        {views.map(([view, label, count]) => (
          <Link key={view} from="/" search={(now) => ({ ...now, view: search.view === view ? undefined : view })} aria-current={search.view === view}>
            {label}
            {count !== undefined && <span className={view === 'problems' && count > 0 ? 'count bad' : 'count'}>{number(count)}</span>}
          </Link>
        ))}
      </nav>
      <span className="grow spacer" />
      <label className="row small muted">
        <span className="sort-name">{hosts.sort}</span>
        <select
          className="input short"
          aria-label={hosts.sort}
          value={search.sort ?? 'state'}
          onChange={(event) => void navigate({ search: (now) => ({ ...now, sort: SORTS.find((it) => it === event.target.value) }) })}
        >
          {SORTS.map((it) => (
            <option key={it} value={it}>
              {hosts.sorts[it]}
            </option>
          ))}
        </select>
      </label>
      <AddHostButton />
      <ExportButtons load={() => exportHosts(search)} name="hosts" />
    </>
  )
}
