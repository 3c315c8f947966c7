import { useEffect, useSyncExternalStore } from 'react'
import type { StreamEvent } from '../../../src/api/schema/events.ts'
import { serverNow, setServerTime } from './clock.ts'
import type { ToPage, ToWorker } from './protocol.ts'
import { type LinkStatus, openStream } from './stream.ts'
import { workerAddress } from './worker-address.ts'

/** `connected`: this page receives events from now on. What it loaded before may have changed since, without an event. */
export type LinkEvent = StreamEvent | { readonly kind: 'connected' }

export interface LinkState {
  readonly status: LinkStatus
  /** The time of the last message from the server, by its clock. */
  readonly lastContact: number
}

/** The connection of the page to the stream of events that all tabs share; if the browser has no shared workers, to its own stream. */
interface Link {
  readonly post: (message: ToWorker) => void
}

let link: Link | undefined
let state: LinkState = { status: 'connecting', lastContact: serverNow() }
const watchers = new Set<() => void>()
const watched = new Map<string, number>()
let onEvent: (event: LinkEvent) => void = () => {}
let hasBeenLive = false

function change(next: LinkState): void {
  state = next
  for (const each of watchers) each()
}

function take(message: ToPage): void {
  if (message.kind === 'time') setServerTime(message.now)
  if (message.kind === 'status') {
    if (message.status === 'live' && !hasBeenLive) {
      hasBeenLive = true
      onEvent({ kind: 'connected' })
    }
    const lastContact = message.status === 'live' ? serverNow() : state.lastContact
    if (message.status !== state.status) change({ status: message.status, lastContact })
  } else {
    state = { ...state, lastContact: serverNow() }
  }
  if (message.kind === 'event') onEvent(message.event)
}

/** Opens the stream at the first call; later calls reconnect, for example after a login. */
export function openLink(listener: (event: LinkEvent) => void): void {
  onEvent = listener
  if (link) {
    link.post({ kind: 'retry' })
    return
  }
  const opened = 'SharedWorker' in globalThis ? sharedLink() : ownLink()
  link = opened
  opened.post({ kind: 'open', base: document.baseURI, runs: [] })
  setInterval(() => opened.post({ kind: 'alive', runs: [...watched.keys()] }), 20_000)
  addEventListener('pagehide', () => opened.post({ kind: 'close' }))
  addEventListener('pageshow', ({ persisted }) => persisted && opened.post({ kind: 'alive', runs: [...watched.keys()] }))
  addEventListener('online', () => opened.post({ kind: 'retry' }))
}

function sharedLink(): Link {
  const { port } = new SharedWorker(workerAddress(), { name: 'holdfast' })
  port.onmessage = ({ data }: MessageEvent<ToPage>) => take(data)
  return { post: (message) => port.postMessage(message) }
}

function ownLink(): Link {
  const stream = openStream(document.baseURI, {
    onEvent: (event) => take({ kind: 'event', event }),
    onTime: (now) => take({ kind: 'time', now }),
    onStatus: (status) => take({ kind: 'status', status }),
  })
  return {
    post: (message) => {
      if (message.kind === 'watch') stream.watch(message.runs)
      if (message.kind === 'retry') stream.retry()
    },
  }
}

function subscribe(listener: () => void): () => void {
  watchers.add(listener)
  return () => watchers.delete(listener)
}

export function useLink(): LinkState {
  return useSyncExternalStore(subscribe, () => state)
}

/** Watches a run in detail while the component is mounted. */
export function useWatchedRun(run: string | undefined): void {
  useEffect(() => {
    if (run === undefined) return
    count(run, 1)
    return () => count(run, -1)
  }, [run])
}

function count(run: string, by: number): void {
  const next = (watched.get(run) ?? 0) + by
  if (next > 0) watched.set(run, next)
  else watched.delete(run)
  link?.post({ kind: 'watch', runs: [...watched.keys()] })
}
