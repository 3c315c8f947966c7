import type { ToPage, ToWorker } from './protocol.ts'
import { type LinkStatus, openStream, type Stream } from './stream.ts'

// One stream for all tabs: browsers allow six connections to a server over HTTP/1.1, so with a stream in each of six tabs, no other request could be
// sent.

interface Scope {
  onconnect: (event: MessageEvent) => void
  addEventListener: (kind: 'online', listener: () => void) => void
}

interface Tab {
  runs: readonly string[]
  seen: number
}

/** Timers of a tab in the background can be a minute late. */
const GONE_MS = 180_000

const scope = globalThis as unknown as Scope
const tabs = new Map<MessagePort, Tab>()
let stream: Stream | undefined
let status: LinkStatus = 'connecting'

function tell(message: ToPage): void {
  for (const port of tabs.keys()) port.postMessage(message)
}

function watchAll(): void {
  stream?.watch([...new Set([...tabs.values()].flatMap((it) => it.runs))].toSorted())
}

function start(base: string): void {
  stream ??= openStream(base, {
    onEvent: (event) => tell({ kind: 'event', event }),
    onTime: (now) => tell({ kind: 'time', now }),
    onStatus: (now) => {
      status = now
      tell({ kind: 'status', status })
    },
  })
}

function enter(port: MessagePort, runs: readonly string[]): void {
  const isNew = !tabs.has(port)
  tabs.set(port, { runs, seen: Date.now() })
  watchAll()
  if (isNew) port.postMessage({ kind: 'status', status } satisfies ToPage)
}

function receive(port: MessagePort, message: ToWorker): void {
  if (message.kind === 'retry') stream?.retry()
  if (message.kind === 'close') {
    tabs.delete(port)
    watchAll()
  }
  if (message.kind === 'open') start(message.base)
  // A tab that was frozen has missed the events in between.
  const isBack = message.kind === 'alive' && !tabs.has(port)
  if (isBack) port.postMessage({ kind: 'event', event: { kind: 'resync', reason: 'frozen' } } satisfies ToPage)
  if ('runs' in message) enter(port, message.runs)
}

scope.onconnect = ({ ports: [port] }) => {
  if (port) port.onmessage = ({ data }: MessageEvent<ToWorker>) => receive(port, data)
}
scope.addEventListener('online', () => stream?.retry())
setInterval(() => {
  const gone = [...tabs].filter(([, { seen }]) => Date.now() - seen > GONE_MS)
  for (const [port] of gone) tabs.delete(port)
  if (gone.length > 0) watchAll()
}, 30_000)
