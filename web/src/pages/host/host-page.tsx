import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { queryOf } from '../../api/queries.ts'
import { useServer } from '../../app/session.tsx'
import { Zone } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { ConfigTab } from './config-tab.tsx'
import { DoctorTab } from './doctor-tab.tsx'
import { EvidenceTab } from './evidence-tab.tsx'
import { HostHead } from './host-head.tsx'
import { TABS } from './host-search.ts'
import { RunsTab } from './runs-tab.tsx'
import { SetsTab } from './sets-tab.tsx'
import { StoragesTab } from './storages-tab.tsx'
import { TasksTab } from './tasks-tab.tsx'

/** One host: tasks, runs, sets, storages, evidence, examination and configuration, in its own time zone. */
export function HostPage() {
  const { host: id } = useParams({ from: '/hosts/$host' })
  const messages = useMessages()
  const host = useQuery(queryOf('readHost', { path: { host: id } }))
  useTitle(host.data?.name ?? id)
  return (
    <>
      <p className="crumbs">
        <Link to="/">{messages.shell.hosts}</Link> /
      </p>
      <Loaded query={host}>{(data) => <Known host={data} />}</Loaded>
    </>
  )
}

function Known({ host }: { host: Host }) {
  const server = useServer()
  return (
    <Zone name={host.timeZone ?? server?.timeZone ?? 'UTC'}>
      <HostHead host={host} />
      <Tabs host={host} />
    </Zone>
  )
}

function Tabs({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const { tab = 'tasks' } = useSearch({ from: '/hosts/$host' })
  return (
    <>
      <nav className="tabs" aria-label={words.tabsLabel}>
        {TABS.map((it) => (
          <Link
            key={it}
            to="/hosts/$host"
            params={{ host: host.id }}
            search={it === 'tasks' ? {} : { tab: it }}
            aria-current={it === tab ? 'page' : undefined}
            activeOptions={{ exact: true }}
          >
            {words.tabs[it]}
          </Link>
        ))}
      </nav>
      {tab === 'tasks' && <TasksTab host={host} />}
      {tab === 'runs' && <RunsTab host={host} />}
      {tab === 'sets' && <SetsTab host={host} />}
      {tab === 'storages' && <StoragesTab host={host} />}
      {tab === 'evidence' && <EvidenceTab host={host} />}
      {tab === 'doctor' && <DoctorTab host={host} />}
      {tab === 'configuration' && <ConfigTab host={host} />}
    </>
  )
}
