import type { ServerResponse } from 'node:http'
import type { StreamEvent } from '../schema/events.ts'

/** A connected client. */
export interface Listener {
  readonly response: ServerResponse
  /** The runs that the client watches in detail. */
  readonly runs: ReadonlySet<string>
  /** The last event that the client received, if it reconnects. */
  readonly after: string | undefined
  /** Whether the client still has access; checked every few seconds. */
  mayListen(): boolean
}

/** Sends events to all connected clients. */
export interface Streams {
  add(listener: Listener): void
  /** Sends the event to all clients; an event of a run in detail, only to those that watch the run. */
  send(event: StreamEvent): void
  /** The runs that at least one client watches. */
  watched(): ReadonlySet<string>
  readonly size: number
  close(): void
}

export interface StreamLimits {
  readonly frameMs: number
  readonly heartbeatMs: number
  /** A client that reads nothing for this long is considered disconnected, regardless of the state of its socket. */
  readonly stalledMs: number
}

const LIMITS: StreamLimits = { frameMs: 500, heartbeatMs: 15_000, stalledMs: 45_000 }
// Events are kept for clients that reconnect. An event can contain many hosts, of which there can be thousands.
const MAX_PAST_ITEMS = 512
// A session that has ended receives nothing for longer than this.
const ACCESS_MS = 3000
const MAX_CLIENTS = 2000
const MAX_QUEUE = 64

interface Open extends Listener {
  queue: StreamEvent[]
  lastId: number
  mustResync: boolean
  stalledMs: number | undefined
}

/** A failure to read the accounts does not end a stream. */
function mayStillListen({ mayListen }: Pick<Open, 'mayListen'>): boolean {
  try {
    return mayListen()
  } catch {
    return true
  }
}

export interface StreamsOptions {
  /** Identifies this start of the server, so that event numbers of an earlier one are not confused with those of this one. */
  readonly epoch: string
  readonly build: string
  readonly clock: () => Date
  readonly limits?: StreamLimits
}

export function openStreams({ epoch, build, clock, limits = LIMITS }: StreamsOptions): Streams {
  const open = new Set<Open>()
  const past: { readonly id: number; readonly event: StreamEvent }[] = []
  let [last, pastItems] = [0, 0]
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
  }, limits.frameMs)
  const heartbeat = setInterval(() => {
    for (const it of open) {
      if (it.stalledMs !== undefined && performance.now() - it.stalledMs > limits.stalledMs) end(it)
      else write(it, `: ${clock().toISOString()}\n\n`)
    }
  }, limits.heartbeatMs)
  const access = setInterval(() => {
    for (const it of open) {
      if (mayStillListen(it)) continue
      write(it, frameOf({ kind: 'session-ended', reason: 'the session has ended' }, `${epoch}-${last}`))
      open.delete(it)
      it.response.end()
    }
  }, ACCESS_MS)
  const timers = [frames, heartbeat, access]
  for (const timer of timers) timer.unref()
  return {
    add(listener) {
      const { response, after } = listener
      if (open.size >= MAX_CLIENTS) {
        response.destroy()
        return
      }
      const it: Open = { ...listener, queue: [], lastId: last, mustResync: false, stalledMs: undefined }
      open.add(it)
      response.on('drain', () => {
        it.stalledMs = undefined
      })
      // The event of the response is used: the request does not emit it once its body has been read.
      response.on('close', () => open.delete(it))
      response.on('error', () => open.delete(it))
      write(it, frameOf({ kind: 'hello', now: clock().toISOString(), build }, `${epoch}-${last}`))
      const missed = after === undefined ? [] : missedSince(after, { epoch, past, last })
      if (missed === undefined) write(it, frameOf({ kind: 'resync', reason: 'the stream cannot be resumed from this event' }, `${epoch}-${last}`))
      else it.queue.push(...missed.filter((event) => isFor(event, it)))
    },
    send(event) {
      last += 1
      past.push({ id: last, event })
      pastItems += itemsOf(event)
      while (pastItems > MAX_PAST_ITEMS) pastItems -= itemsOf(past.shift()?.event ?? event)
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
      for (const timer of timers) clearInterval(timer)
      for (const it of open) it.response.end()
      open.clear()
    },
  }
}

function itemsOf(event: StreamEvent): number {
  if (event.kind === 'hosts') return event.hosts.length
  return event.kind === 'runs' ? event.runs.length : 1
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

/** The events between two frames, merged: only the latest state of each item. */
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
