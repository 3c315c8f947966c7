import type { Web } from '../../app/web/open-web.ts'
import { AppError } from '../../lib/errors.ts'
import { hostsOf } from '../handlers/host-handlers.ts'
import { progressOf } from '../handlers/progress-view.ts'
import { runRow } from '../handlers/views.ts'
import type { Host } from '../schema/hosts.ts'
import type { Streams } from './send-events.ts'

const TICK_MS = 1000

/**
 * Checks every second for changes, while clients are connected, and sends them as events. The first check, with which later ones are compared, is made
 * immediately: what begins between the answer to a page and its stream would otherwise never be sent. Returns a function that stops it.
 */
export function watchChanges(web: Web, streams: Streams): () => void {
  const hosts = new Map<string, SeenHost>()
  const runs = new Map<string, string>()
  const logs = new Map<string, number>()
  const jobs = new Map<string, string>()
  const checks: SeenCheck = { last: undefined }
  let isBusy = false
  // The journal can be empty at the first check: its first run is a change.
  let isFirst = true
  const look = async () => {
    await checkHosts(web, { streams, hosts })
    await checkRuns(web, { streams, runs, isFirst })
    await checkChecks(web, { streams, checks })
    // A client that is connected already may have been answered before.
    if (isFirst && streams.size > 0) streams.send({ kind: 'resync', reason: 'the server has just started' })
    isFirst = false
    checkJobs(web, { streams, jobs })
    for (const run of streams.watched()) await checkWatched(run, web, { streams, logs })
  }
  const check = () => {
    if (isBusy || (streams.size === 0 && !isFirst)) return
    isBusy = true
    look()
      .catch((error: unknown) => {
        // The journal is locked: it is checked again after a second.
        if (!(error instanceof AppError)) web.host.note(`could not check for changes: ${String(error)}`)
      })
      .finally(() => {
        isBusy = false
      })
  }
  check()
  const timer = setInterval(check, TICK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

interface SeenHost {
  readonly host: Host
  readonly text: string
}

async function checkHosts(web: Web, { streams, hosts }: { readonly streams: Streams; readonly hosts: Map<string, SeenHost> }): Promise<void> {
  const changed: Host[] = []
  for (const host of await hostsOf(web)) {
    const known = hosts.get(host.id)
    if (known?.host === host) continue
    // A change of `asOf` alone is not reported.
    const { asOf: _, ...lasting } = host
    const text = JSON.stringify(lasting)
    if (known !== undefined && known.text !== text) changed.push(host)
    hosts.set(host.id, { host, text })
  }
  if (changed.length > 0) streams.send({ kind: 'hosts', hosts: changed })
}

interface KnownRuns {
  readonly streams: Streams
  readonly runs: Map<string, string>
  readonly isFirst: boolean
}

async function checkRuns(web: Web, { streams, runs, isFirst }: KnownRuns): Promise<void> {
  const now = web.host.clock()
  const recent = await web.data.journal.runs({ limit: 50 })
  const changed = recent.filter(({ id, state }) => runs.get(id) !== state)
  for (const { id, state } of recent) runs.set(id, state)
  const ended = changed.some(({ state }) => state !== 'running')
  if (isFirst || changed.length === 0) return
  streams.send({ kind: 'runs', runs: changed.map((run) => runRow(run, now)) })
  if (!ended) return
  web.sets.forget()
  streams.send({ kind: 'changed', what: 'sets' })
}

interface SeenCheck {
  /** Undefined before the first check. */
  last: string | undefined
}

/** A verification or a restore has ended, which also users in a terminal can start: it is among the proofs of its set. */
async function checkChecks(web: Web, { streams, checks }: { readonly streams: Streams; readonly checks: SeenCheck }): Promise<void> {
  const [newest] = await web.data.journal.checks({ limit: 1 })
  const last = newest === undefined ? '' : JSON.stringify([newest.kind, newest.storage, newest.set, newest.began, newest.ended])
  const isChanged = checks.last !== undefined && checks.last !== last
  checks.last = last
  if (!isChanged) return
  web.sets.forget()
  streams.send({ kind: 'changed', what: 'sets' })
}

function checkJobs(web: Web, { streams, jobs }: { readonly streams: Streams; readonly jobs: Map<string, string> }): void {
  for (const { id, state } of web.jobs.list().slice(0, 50)) {
    const before = jobs.get(id)
    if (before !== undefined && before !== state) streams.send({ kind: 'job', job: id, state: state === 'ended' ? 'failed' : state })
    jobs.set(id, state)
  }
}

/** Sends the progress and the log length of a watched run; an unknown run is ignored. */
async function checkWatched(
  run: string,
  web: Web,
  { streams, logs }: { readonly streams: Streams; readonly logs: Map<string, number> },
): Promise<void> {
  const lines = await web.logs.length(run).catch(() => undefined)
  if (lines === undefined) return
  const progress = await progressOf(await web.data.journal.run(run), web)
  if (progress !== null) streams.send({ kind: 'progress', run, host: 'local', progress })
  if (logs.get(run) !== lines) streams.send({ kind: 'log', run, lines })
  logs.set(run, lines)
}
