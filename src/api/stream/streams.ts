import type { ServerResponse } from 'node:http'
import type { StreamEvent } from '../schema/events.ts'

/** A client that listens. */
export interface Listener {
  readonly response: ServerResponse
  /** Runs that it watches in detail. */
  readonly runs: ReadonlySet<string>
  /** Where it was, if it was here before. */
  readonly after: string | undefined
  /** Whether it may still listen; asked at each heartbeat. */
  mayListen(): boolean
}

/** The one place that tells all clients what changes. */
export interface Streams {
  add(listener: Listener): void
  /** Tells everybody, or with `run` those that watch that run. */
  tell(event: StreamEvent): void
  /** The runs that anybody watches. */
  watched(): ReadonlySet<string>
  readonly size: number
  close(): void
}

const FRAME_MS = 500
const HEARTBEAT_MS = 15_000
// A client that takes nothing for so long is gone, whatever its socket says.
const STALLED_MS = 45_000
const KEPT = 512
const MOST = 2000
const MAX_QUEUE = 64

interface Open extends Listener {
  queue: StreamEvent[]
  lastId: number
  mustResync: boolean
  stalledMs: number | undefined
}

/** A failure to read the accounts ends no stream. */
function mayStillListen({ mayListen }: Pick<Open, 'mayListen'>): boolean {
  try {
    return mayListen()
  } catch {
    return true
  }
}

/** `epoch`: names this life of the server, so that a number of an earlier one is not taken for one of this. */
export function openStreams({ epoch, build, clock }: { readonly epoch: string; readonly build: string; readonly clock: () => Date }): Streams {
  const open = new Set<Open>()
  const past: { readonly id: number; readonly event: StreamEvent }[] = []
  let last = 0
  const end = (it: Open) => {
    open.delete(it)
    it.response.destroy()
  }
  const write = (it: Open, text: string) => {
    if (it.response.destroyed || it.response.writableEnded) return end(it)
    const isTaken = it.response.write(text)
    if (isTaken) it.stalledMs = undefined
    else it.stalledMs ??= performance.now()
  }
  const frames = setInterval(() => {
    for (const it of open) {
      if (it.stalledMs !== undefined) {
        if (it.queue.length > MAX_QUEUE) [it.queue, it.mustResync] = [[], true]
        continue
      }
      if (it.mustResync) {
        write(it, frameOf({ kind: 'resync', reason: 'the client was too slow' }, `${epoch}-${last}`))
        ;[it.queue, it.mustResync] = [[], false]
      }
      for (const event of joined(it.queue)) write(it, frameOf(event, `${epoch}-${it.lastId}`))
      it.queue = []
    }
  }, FRAME_MS)
  const heartbeat = setInterval(() => {
    for (const it of open) {
      if (it.stalledMs !== undefined && performance.now() - it.stalledMs > STALLED_MS) end(it)
      else if (!mayStillListen(it)) {
        write(it, frameOf({ kind: 'session-ended', reason: 'the session is over' }, `${epoch}-${last}`))
        open.delete(it)
        it.response.end()
      } else write(it, `: ${clock().toISOString()}\n\n`)
    }
  }, HEARTBEAT_MS)
  for (const timer of [frames, heartbeat]) timer.unref()
  return {
    add(listener) {
      const { response, after } = listener
      if (open.size >= MOST) {
        response.destroy()
        return
      }
      const it: Open = { ...listener, queue: [], lastId: last, mustResync: false, stalledMs: undefined }
      open.add(it)
      response.on('drain', () => {
        it.stalledMs = undefined
      })
      // Of the response: the request's own event does not come once its body was read.
      response.on('close', () => open.delete(it))
      response.on('error', () => open.delete(it))
      write(it, frameOf({ kind: 'hello', now: clock().toISOString(), build }, `${epoch}-${last}`))
      const missed = after === undefined ? [] : missedSince(after, { epoch, past, last })
      if (missed === undefined) write(it, frameOf({ kind: 'resync', reason: 'the stream cannot be continued from there' }, `${epoch}-${last}`))
      else it.queue.push(...missed.filter((event) => isFor(event, it)))
    },
    tell(event) {
      last += 1
      past.push({ id: last, event })
      if (past.length > KEPT) past.shift()
      for (const it of open) {
        if (!isFor(event, it)) continue
        it.queue.push(event)
        it.lastId = last
      }
    },
    watched: () => new Set([...open].flatMap(({ runs }) => [...runs])),
    get size() {
      return open.size
    },
    close() {
      clearInterval(frames)
      clearInterval(heartbeat)
      for (const it of open) it.response.end()
      open.clear()
    },
  }
}

function isFor(event: StreamEvent, { runs }: Listener): boolean {
  return event.kind === 'progress' || event.kind === 'log' ? runs.has(event.run) : true
}

function missedSince(
  after: string,
  {
    epoch,
    past,
    last,
  }: { readonly epoch: string; readonly past: readonly { readonly id: number; readonly event: StreamEvent }[]; readonly last: number },
): readonly StreamEvent[] | undefined {
  const [, life, number] = /^(.*)-(\d+)$/u.exec(after) ?? []
  const from = Number(number)
  if (life !== epoch || from > last) return undefined
  const isWhole = from === last || (past[0] !== undefined && past[0].id <= from + 1)
  return isWhole ? past.filter(({ id }) => id > from).map(({ event }) => event) : undefined
}

function frameOf(event: StreamEvent, id: string): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`
}

/** What happened between two frames, each thing once as it is now. */
function joined(events: readonly StreamEvent[]): readonly StreamEvent[] {
  const hosts = new Map(events.flatMap((it) => (it.kind === 'hosts' ? it.hosts.map((host) => [host.id, host] as const) : [])))
  const runs = new Map(events.flatMap((it) => (it.kind === 'runs' ? it.runs.map((run) => [run.id, run] as const) : [])))
  const others = new Map(events.flatMap((it) => (it.kind === 'hosts' || it.kind === 'runs' ? [] : [[keyOf(it), it] as const])))
  return [
    ...(hosts.size > 0 ? [{ kind: 'hosts' as const, hosts: [...hosts.values()] }] : []),
    ...(runs.size > 0 ? [{ kind: 'runs' as const, runs: [...runs.values()] }] : []),
    ...others.values(),
  ]
}

function keyOf(event: StreamEvent): string {
  switch (event.kind) {
    case 'progress':
    case 'log':
      return `${event.kind} ${event.run}`
    case 'job':
      return `job ${event.job}`
    case 'changed':
      return `changed ${event.what}`
    default:
      return event.kind
  }
}
