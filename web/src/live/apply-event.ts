import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { RouteName } from '../../../src/api/routes/all-routes.ts'
import type { StreamEvent } from '../../../src/api/schema/events.ts'
import type { Host, HostList } from '../../../src/api/schema/hosts.ts'
import type { Run, RunRow } from '../../../src/api/schema/runs.ts'
import type { Answer } from '../api/client.ts'
import type { LinkEvent } from './link.ts'

/** The operations to reload after a change of this kind. */
const CONCERNED: Readonly<Record<Extract<StreamEvent, { kind: 'changed' }>['what'], readonly RouteName[]>> = {
  config: ['readConfig', 'listConfigVersions', 'listTasks', 'readTask', 'listSchedules', 'listStorages', 'listNotifiers'],
  schedules: ['listSchedules', 'listTasks', 'readTask', 'readHost'],
  users: ['listUsers', 'readUser', 'readSession'],
  tokens: ['listTokens'],
  storages: ['listStorages'],
  sets: ['listSets', 'readSet', 'listContents', 'listStorages', 'listVerifications', 'listDays'],
}

/** The operations that depend on the beginning and the end of runs. */
const OF_RUNS: readonly RouteName[] = ['listRuns', 'listTasks', 'readTask', 'listSchedules', 'listDays']

const HOSTS: readonly RouteName[] = ['listHosts', 'readHost']

/** The cache key for the number of lines in the log of a run, which belongs to no operation. */
export const logLengthKey = (run: string) => ['log-length', run] as const

/** Reloads at most once a second, regardless of the number of events. */
function reloader(client: QueryClient) {
  const wanted = new Set<RouteName>()
  let timer: ReturnType<typeof setTimeout> | undefined
  return (names: readonly RouteName[]) => {
    for (const name of names) wanted.add(name)
    if (wanted.size === 0) return
    if (timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      const now = [...wanted]
      wanted.clear()
      void client.invalidateQueries({ predicate: ({ queryKey }) => now.some((name) => name === queryKey[0]) })
    }, 1000)
  }
}

/**
 * Reloads what was answered before now, but a little later, so that the first view is not delayed. Requests in progress are answered by a server that already sends
 * events to this page; the stream reports the end of a session by itself.
 */
function reloadOlder(client: QueryClient): void {
  const nowMs = Date.now()
  setTimeout(
    () =>
      void client.invalidateQueries({
        predicate: ({ queryKey, state: { dataUpdatedAt } }) => queryKey[0] !== 'readSession' && dataUpdatedAt > 0 && dataUpdatedAt <= nowMs,
      }),
    1000,
  )
}

/** Applies events to the cache, so that pages display them; data that an event does not contain completely is reloaded. */
export function eventWriter(client: QueryClient): (event: LinkEvent) => void {
  const reload = reloader(client)
  return (event) => {
    switch (event.kind) {
      case 'connected':
        return reloadOlder(client)
      case 'resync':
        void client.invalidateQueries()
        return
      case 'hosts':
        return reload(writeHosts(client, event.hosts))
      case 'runs':
        for (const run of event.runs) writeRun(client, run)
        return reload([...OF_RUNS, ...(event.runs.some((it) => it.ended !== null) ? (['readRun', 'readRunLog'] as const) : [])])
      case 'progress':
        if (writeProgress(client, event)) reload(['readRun'])
        return
      case 'log':
        client.setQueryData(logLengthKey(event.run), event.lines)
        return
      case 'job':
        return reload(['listJobs', 'readJob', 'readDoctor'])
      case 'changed':
        return reload(CONCERNED[event.what])
      case 'hello':
      case 'session-ended':
        return
    }
  }
}

/** Returns the operations to be reloaded: of the list, if its order or its counts have changed. */
function writeHosts(client: QueryClient, changed: readonly Host[]): readonly RouteName[] {
  // An answer that is still awaited can be older than the event, which it would replace.
  const isAwaited = client.isFetching({ predicate: ({ queryKey }) => HOSTS.some((name) => name === queryKey[0]) }) > 0
  const byId = new Map(changed.map((it) => [it.id, it]))
  let isMoved = false
  client.setQueriesData<InfiniteData<HostList>>({ queryKey: ['listHosts'] }, (list) => {
    if (!list?.pages) return list
    const pages = list.pages.map((page) => ({
      ...page,
      rows: page.rows.map((row) => {
        const next = byId.get(row.id)
        isMoved ||= next !== undefined && next.state !== row.state
        return next ?? row
      }),
    }))
    const known = new Set(pages.flatMap((it) => it.rows.map(({ id }) => id)))
    isMoved ||= changed.some((it) => it.state !== 'ok' && !known.has(it.id))
    return { ...list, pages }
  })
  for (const host of changed) client.setQueryData(['readHost', { path: { host: host.id } }], host)
  if (isAwaited) return HOSTS
  return isMoved ? ['listHosts'] : []
}

/** Whether something has begun or ended since the run was loaded, so that it must be reloaded. */
function writeProgress(client: QueryClient, { run: id, progress }: Extract<StreamEvent, { kind: 'progress' }>): boolean {
  let isMoved = false
  client.setQueriesData<Run>({ queryKey: ['readRun'] }, (run) => {
    if (run?.id !== id) return run
    isMoved ||= marksOf(run.progress) !== marksOf(progress)
    return { ...run, progress }
  })
  return isMoved
}

function marksOf(progress: Run['progress']): string {
  return JSON.stringify([progress?.madeInAll, progress?.steps.map(({ state }) => state), progress?.objects.map(({ path }) => path)])
}

function writeRun(client: QueryClient, row: RunRow): void {
  client.setQueriesData<Run>({ queryKey: ['readRun'] }, (run) => (run?.id === row.id && run.host === row.host ? { ...run, ...row } : run))
  client.setQueriesData<InfiniteData<Answer<'listRuns'>>>({ queryKey: ['listRuns'] }, (list) => {
    if (!list?.pages) return list
    return {
      ...list,
      pages: list.pages.map((page) => ({ ...page, rows: page.rows.map((it) => (it.id === row.id && it.host === row.host ? row : it)) })),
    }
  })
}
