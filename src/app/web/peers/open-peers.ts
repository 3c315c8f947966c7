import { createHash } from 'node:crypto'
import { AppError, errorsOf, messageOf } from '../../../lib/errors.ts'
import type { Plan } from '../../../plan/plan.ts'
import type { WebHost } from '../web-host.ts'
import { type KristaFacts, readKristaAnswers } from './krista-peer.ts'
import { openPeerFiles } from './peer-files.ts'
import { pollDelayMs } from './poll-delay.ts'
import { PeerError, requestPeer, requestPeerText } from './request-peer.ts'

class UnknownPeer extends errorsOf('web')<'unknown-host'> {}

/** Another instance, with the facts of its last response. */
export interface Peer {
  readonly id: string
  readonly url: string
  readonly facts:
    | { readonly kind: 'holdfast'; readonly value: unknown; readonly skewMs: number | null }
    | { readonly kind: 'krista'; readonly value: KristaFacts }
    | undefined
  /** The time of the facts. */
  readonly asOf: Date | undefined
  /** The error of the last request, if it failed; earlier facts are kept. */
  readonly error: AppError | undefined
}

/** The other instances, which are polled independently of each other. */
export interface Peers {
  list(): readonly Peer[]
  /** Throws `web/unknown-host`. */
  read(id: string): Peer
  /** Adds an instance and polls it. */
  add(url: string, token: string | undefined): Promise<Peer>
  /** Throws `web/unknown-host`. */
  remove(id: string): void
  /** Sends another request to an instance of Holdfast. */
  request(id: string, path: string): Promise<unknown>
  /** Like `request`, for a file. */
  requestText(id: string, path: string): Promise<string>
  close(): void
}

const READ_AGAIN_MS = 30_000
const MAX_POLLING = 10
const TICK_MS = 500
// The names and states of all hosts are sent to each page.
const FACTS_BYTES = 64 * 1024

interface PolledPeer {
  peer: Peer
  token: string | undefined
  dueMs: number
  failures: number
  isPolling: boolean
}

export async function openPeers(host: WebHost, plan: Plan | undefined): Promise<Peers> {
  const files = await openPeerFiles(host, plan)
  const polled = new Map<string, PolledPeer>()
  let polling = 0
  let isClosed = false
  const sync = () => {
    try {
      syncWith(files.read())
    } catch (error) {
      // The known hosts are kept; the file is read again later.
      host.note(`could not read the addresses of other hosts: ${messageOf(error)}`)
    }
  }
  const syncWith = (found: ReturnType<typeof files.read>) => {
    const wanted = found.filter(({ url }) => /^https?:\/\//u.test(url))
    for (const { url, token } of wanted) {
      const id = idOf(url)
      const known = polled.get(id)
      if (known) known.token = token
      else polled.set(id, { peer: { id, url, facts: undefined, asOf: undefined, error: undefined }, token, dueMs: 0, failures: 0, isPolling: false })
    }
    const ids = new Set(wanted.map(({ url }) => idOf(url)))
    for (const id of polled.keys()) if (!ids.has(id)) polled.delete(id)
  }
  const poll = async (it: PolledPeer) => {
    it.isPolling = true
    polling += 1
    try {
      it.peer = { ...it.peer, ...(await factsOf(it.peer.url, it.token, host)), error: undefined }
      it.failures = 0
    } catch (error) {
      it.peer = {
        ...it.peer,
        error: error instanceof AppError ? error : new PeerError('invalid', `unexpected answer from "${it.peer.url}"`),
      }
      it.failures += 1
    } finally {
      polling -= 1
      it.isPolling = false
      it.dueMs = performance.now() + pollDelayMs(it.failures, Math.random())
    }
  }
  const tick = () => {
    const nowMs = performance.now()
    for (const it of polled.values()) if (polling < MAX_POLLING && !it.isPolling && it.dueMs <= nowMs && !isClosed) void poll(it)
  }
  sync()
  const timers = [setInterval(tick, TICK_MS), setInterval(sync, READ_AGAIN_MS)]
  for (const timer of timers) timer.unref()
  tick()
  const find = (id: string): PolledPeer => {
    const found = polled.get(id)
    if (found === undefined) throw new UnknownPeer('unknown-host', 'unknown host')
    return found
  }
  return {
    list: () => [...polled.values()].map(({ peer }) => peer),
    read: (id) => find(id).peer,
    async add(url, token) {
      files.add(url, token)
      sync()
      await poll(find(idOf(url)))
      return find(idOf(url)).peer
    },
    remove(id) {
      files.remove(find(id).peer.url)
      polled.delete(id)
    },
    async request(id, path) {
      const { peer, token } = find(id)
      return (await requestPeer({ url: peer.url, path, token })).value
    },
    async requestText(id, path) {
      const { peer, token } = find(id)
      return (await requestPeerText({ url: peer.url, path, token })).text
    },
    close() {
      isClosed = true
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** The same id as in the ancestor: the MD5 digest of the URL. */
function idOf(url: string): string {
  return createHash('md5').update(url).digest('hex')
}

/** An instance of Holdfast with a token provides more; all other instances support the API of the ancestor. */
async function factsOf(url: string, token: string | undefined, { clock }: WebHost): Promise<Pick<Peer, 'facts' | 'asOf'>> {
  if (token !== undefined) {
    const { value, date, sentMs } = await requestPeer({ url, path: '/api/v1/hosts/local', token, maxBytes: FACTS_BYTES })
    const now = clock()
    // The header has a resolution of one second: a smaller difference is ignored.
    const skewMs = date === undefined ? null : date.getTime() - now.getTime() + (performance.now() - sentMs) / 2
    return { facts: { kind: 'holdfast', value, skewMs: skewMs !== null && Math.abs(skewMs) < 2000 ? 0 : skewMs }, asOf: now }
  }
  const [si, cf] = await Promise.all([requestPeer({ url, path: '/api/si', maxBytes: FACTS_BYTES }), requestPeer({ url, path: '/api/cf' })])
  const value = readKristaAnswers(si.value, cf.value)
  if (value === undefined) throw new PeerError('invalid', `"${url}" is not a backup server`, { hint: 'Check the address.' })
  return { facts: { kind: 'krista', value }, asOf: clock() }
}
