import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { type Answer, call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { HostList } from './host-list.tsx'
import { HostsFilter } from './hosts-filter.tsx'
import { type HostsSearch, hostsQuery } from './hosts-search.ts'
import { NoHosts } from './no-hosts.tsx'

/** Up to this number of hosts, the good ones are not collapsed. */
const FEW = 30

/** All hosts, worst first; good hosts are collapsed into one line, unless there are few. */
export function HostsPage() {
  const messages = useMessages()
  useTitle(messages.hosts.title)
  const search = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const hosts = useHosts(search)
  const onSearch = useCallback((q: string) => void navigate({ search: (now) => ({ ...now, q }), replace: true }), [navigate])
  return (
    <>
      <div className="head">
        <h1 className="unseen">{messages.hosts.title}</h1>
        <SearchBox value={search.q ?? ''} label={messages.hosts.search} onSearch={onSearch} />
        <HostsFilter counts={hosts.data?.counts} search={search} />
      </div>
      <Loaded query={hosts}>{(data) => <Listed data={data} search={search} onMore={hosts.more} />}</Loaded>
    </>
  )
}

interface Hosts {
  readonly counts: Answer<'listHosts'>['counts']
  readonly total: number
  readonly rows: readonly Host[]
  readonly hasMore: boolean
}

/** The visible rows are loaded with one request; more are loaded while scrolling. */
function useHosts(search: HostsSearch) {
  const query = hostsQuery(search)
  const hosts = useInfiniteQuery({
    queryKey: ['listHosts', query] as const,
    queryFn: ({ pageParam, signal }) =>
      call('listHosts', {
        query: { ...query, limit: pageParam === undefined ? 100 : 1000, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  })
  const [first] = hosts.data?.pages ?? []
  const data: Hosts | undefined = first && {
    counts: first.counts,
    total: first.total,
    rows: hosts.data?.pages.flatMap((it) => it.rows) ?? [],
    hasMore: hosts.hasNextPage,
  }
  return { ...hosts, data, more: () => void (hosts.isFetchingNextPage || hosts.isFetchNextPageError || hosts.fetchNextPage()) }
}

function Listed({ data, search, onMore }: { data: Hosts; search: HostsSearch; onMore: () => void }) {
  const { hosts } = useMessages()
  const { counts, rows, hasMore, total } = data
  const isPlain = search.view === undefined && search.q === undefined && (search.sort ?? 'state') === 'state'
  const folds = isPlain && counts.all > FEW
  // Unknown hosts do not count as good.
  const well = counts.byState.ok
  const shown = folds ? rows.filter((it) => it.state !== 'ok') : rows
  const wantsMore = hasMore && (!folds || shown.length === rows.length)
  useEffect(() => {
    if (folds && wantsMore) onMore()
  }, [folds, wantsMore, onMore])
  if (counts.all === 0) return <NoHosts />
  if (total === 0)
    return (
      <p className="teach muted">
        {search.view === 'problems' && search.q === undefined && well === counts.all ? hosts.allWell(counts.all) : hosts.noMatch}
      </p>
    )
  return (
    <>
      {well === counts.all && isPlain && <p className="all-well">{hosts.allWell(counts.all)}</p>}
      <HostList rows={shown} total={folds ? Math.max(shown.length, counts.all - well) : total} onMore={wantsMore ? onMore : undefined} />
      {folds && <Folded count={well} />}
    </>
  )
}

function Folded({ count }: { count: number }) {
  const { hosts } = useMessages()
  const navigate = useNavigate({ from: '/' })
  if (count === 0) return null
  return (
    <p className="folded">
      {hosts.well(count)}{' '}
      <button type="button" className="button small" onClick={() => void navigate({ search: (now) => ({ ...now, view: 'all' }) })}>
        {hosts.showWell}
      </button>
    </p>
  )
}
