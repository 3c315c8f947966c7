import type { Web } from '../../app/web/open-web.ts'
import { recordBegun } from '../access/record.ts'
import { renderOpenapi } from '../routes/openapi.ts'
import type { Host, HostState } from '../schema/hosts.ts'
import type { Handlers } from './handler.ts'
import { localHost, peerHost, rank } from './host-views.ts'
import { LOCAL, pageOf } from './views.ts'

type Names = 'listHosts' | 'addHost' | 'readHost' | 'removeHost' | 'readOpenapi'

export const hostHandlers: Handlers<Names> = {
  async listHosts({ api: { web }, query }) {
    const now = web.host.clock()
    const all = await hostsOf(web)
    const wanted = all.filter(({ state, name, cause }) => isOf(state, query.state) && isNamed([name, cause?.text], query.q))
    return { ...pageOf(wanted.toSorted(ORDERS[query.sort]), query, now), counts: countsOf(all) }
  },
  async readHost({ api: { web }, params: { host = '' } }) {
    return host === LOCAL ? localHost(web) : peerHost(web.peers.read(host), web.host.clock())
  },
  async addHost(call) {
    const { web, streams } = call.api
    const { url, token } = call.body
    await recordBegun(call, { action: 'host-added', target: url, after: { token: token === undefined ? 'none' : 'given' } })
    const host = peerHost(await web.peers.add(url, token), web.host.clock())
    streams.send({ kind: 'hosts', hosts: [host] })
    return host
  },
  async removeHost(call) {
    const { web, streams } = call.api
    const { id, url } = web.peers.read(call.params['host'] ?? '')
    await recordBegun(call, { action: 'host-removed', target: url })
    web.peers.remove(id)
    streams.send({ kind: 'resync', reason: 'a host was removed' })
    return null
  },
  readOpenapi: ({ api }) => renderOpenapi(api.basePath),
}

/** This host and all polled hosts. */
export async function hostsOf(web: Web): Promise<readonly Host[]> {
  const now = web.host.clock()
  return [await localHost(web), ...web.peers.list().map((peer) => peerHost(peer, now))]
}

function isProblem(state: HostState): boolean {
  return state !== 'ok' && state !== 'unknown'
}

function isOf(state: HostState, wanted: HostState | 'problems' | undefined): boolean {
  return wanted === undefined || (wanted === 'problems' ? isProblem(state) : state === wanted)
}

function isNamed(texts: readonly (string | undefined)[], q: string | undefined): boolean {
  return q === undefined || texts.some((it) => it?.toLowerCase().includes(q.toLowerCase()))
}

function countsOf(hosts: readonly Host[]) {
  const byState = { failed: 0, overdue: 0, silent: 0, warning: 0, unknown: 0, ok: 0 }
  for (const { state } of hosts) byState[state] += 1
  return { all: hosts.length, problems: hosts.filter(({ state }) => isProblem(state)).length, byState }
}

const byName = (a: Host, b: Host) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1)
// Hosts that never had a good run are first, hosts that will never run are last.
const ORDERS: Readonly<Record<'state' | 'name' | 'lastGood' | 'next', (a: Host, b: Host) => number>> = {
  state: (a, b) => rank(a.state) - rank(b.state) || byName(a, b),
  name: byName,
  lastGood: (a, b) => (a.claims.published?.at ?? '').localeCompare(b.claims.published?.at ?? '') || byName(a, b),
  next: (a, b) => (a.next ?? '~').localeCompare(b.next ?? '~') || byName(a, b),
}
