import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import { queryOf } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { Guide } from '../../guide/guide.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { HostZone } from '../../ui/host-zone.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { SetContents } from './set-contents.tsx'
import { SetHead } from './set-head.tsx'
import { SetKeeping } from './set-keeping.tsx'
import { SetProof } from './set-proof.tsx'
import { SET_TABS } from './set-search.ts'

/** One set: its contents, its verifications, and the guide for restoring it without Holdfast. */
export function SetPage() {
  const { shell, set: words } = useMessages()
  const { host = 'local', task = '', set: name = '', storage } = useSearch({ from: '/set' })
  useTitle(`${task} ${name}`)
  const set = useQuery(queryOf('readSet', { query: { host, task, set: name, ...(storage === undefined ? {} : { storage }) } }))
  return (
    <HostZone host={host}>
      <p className="crumbs">
        <Link to="/sets" search={present({ host: host === 'local' ? undefined : host })}>
          {shell.sets}
        </Link>
        {' / '}
        <Link to="/sets" search={present({ host: host === 'local' ? undefined : host, task })}>
          {task}
        </Link>
        {' /'}
      </p>
      <Loaded query={set}>
        {(data) => (
          <>
            <SetHead set={data} />
            <SetKeeping set={data} />
            {data.failures.map((it) => (
              <p key={it.message} className="banner warn any">
                {it.message} <span className="muted">{it.hint}</span>
              </p>
            ))}
            <Tabs />
            <Tab set={data} />
          </>
        )}
      </Loaded>
      {task === '' && <p className="teach muted">{words.noneChosen}</p>}
    </HostZone>
  )
}

function Tabs() {
  const { set: words } = useMessages()
  const search = useSearch({ from: '/set' })
  const { tab = 'contents' } = search
  return (
    <nav className="tabs" aria-label={words.tabsLabel}>
      {SET_TABS.map((it) => (
        <Link
          key={it}
          to="/set"
          search={present({ ...search, object: undefined, folder: undefined, q: undefined, tab: it === 'contents' ? undefined : it })}
          aria-current={it === tab ? 'page' : undefined}
          activeOptions={{ exact: true }}
          activeProps={{}}
        >
          {words.tabs[it]}
        </Link>
      ))}
    </nav>
  )
}

function Tab({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const { tab = 'contents' } = useSearch({ from: '/set' })
  if (tab === 'proof') return <SetProof set={set} />
  if (tab === 'contents') return <SetContents set={set} />
  return set.guide === null ? <p className="teach muted">{words.noGuide}</p> : <Guide text={set.guide} />
}
