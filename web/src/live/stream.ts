import type { StreamEvent } from '../../../src/api/schema/events.ts'
import { sseReader } from './read-sse.ts'

export type LinkStatus = 'connecting' | 'live' | 'offline'

export interface StreamListener {
  readonly onEvent: (event: StreamEvent) => void
  readonly onStatus: (status: LinkStatus) => void
  /** The server's clock, from the comments in the stream. */
  readonly onTime: (now: string) => void
}

export interface Stream {
  /** Watches these runs in detail; the stream continues where it was. */
  readonly watch: (runs: readonly string[]) => void
  /** Reconnects immediately: after a login, or when the network is available again. */
  readonly retry: () => void
  readonly close: () => void
}

/** The server sends data at least every 15 s. */
const SILENT_MS = 40_000
const WAITS_MS = [50, 300, 1000, 2000, 4000]
/** Not logged in; a login reconnects immediately. */
const REFUSED_MS = 3_600_000

/** A random delay, so that not all browsers reconnect at the same time. */
function waitAfter(failures: number): number {
  return ((WAITS_MS[failures] ?? 5000) * (1.5 + Math.random())) / 2
}

/** Keeps a stream of events open, resumes it after an interruption, and reports its state. `base` ends with a slash. */
export function openStream(base: string, { onEvent, onStatus, onTime }: StreamListener): Stream {
  let runs: readonly string[] = []
  let lastId: string | undefined
  let failures = 0
  let isClosed = false
  let isRefused = false
  let abort = new AbortController()
  let wake: () => void = () => {}

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  // A new parser for each connection: an incomplete message of the previous one must be discarded.
  const reader = () =>
    sseReader((item) => {
      if (item.kind === 'comment') {
        onTime(item.text)
        return
      }
      lastId = item.id ?? lastId
      const event = JSON.parse(item.data) as StreamEvent
      if (event.kind === 'hello') onTime(event.now)
      onEvent(event)
    })

  const once = async (): Promise<void> => {
    abort = new AbortController()
    const url = new URL('api/v1/events', base)
    if (runs.length > 0) url.searchParams.set('run', runs.slice(0, 20).join(','))
    if (lastId !== undefined) url.searchParams.set('after', lastId)
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, cache: 'no-store', signal: abort.signal })
    if (response.status === 401 || response.status === 403) {
      isRefused = true
      onEvent({ kind: 'session-ended', reason: String(response.status) })
      return
    }
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    failures = 0
    onStatus('live')
    await readAll(response.body, { take: reader(), abort })
  }

  const attempt = async (): Promise<void> => {
    try {
      await once()
    } catch {
      const isOwn = abort.signal.aborted && abort.signal.reason !== 'silent'
      if (!isOwn) failures += 1
    }
  }

  const run = async (): Promise<void> => {
    while (!isClosed) {
      await attempt()
      // A single interruption is normal with proxies and restarts.
      if (failures > 1 && !isClosed) onStatus('offline')
      if (!isClosed) await pause(isRefused ? REFUSED_MS : waitAfter(failures))
      isRefused = false
    }
  }
  onStatus('connecting')
  void run()

  const again = () => {
    abort.abort('again')
    wake()
  }
  return {
    watch: (wanted) => {
      if (wanted.join() === runs.join()) return
      runs = wanted
      again()
    },
    retry: () => {
      if (failures > 0 || isRefused) wake()
    },
    close: () => {
      isClosed = true
      again()
    },
  }
}

interface Reading {
  readonly take: (piece: string) => void
  readonly abort: AbortController
}

/** Reads to the end; a stream without data for too long is closed. */
async function readAll(body: ReadableStream<Uint8Array>, { take, abort }: Reading): Promise<void> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let timer = setTimeout(() => abort.abort('silent'), SILENT_MS)
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) throw new Error('ended')
      clearTimeout(timer)
      timer = setTimeout(() => abort.abort('silent'), SILENT_MS)
      take(decoder.decode(value, { stream: true }))
    }
  } finally {
    clearTimeout(timer)
  }
}
