import { DAY_MS } from '../../../lib/durations.ts'
import { errorsOf } from '../../../lib/errors.ts'
import { daysUntil, SHOWN_DAYS } from '../overview/days.ts'
import type { Peer, Peers } from '../peers/open-peers.ts'
import { PeerError } from '../peers/request-peer.ts'
import { demoRandom } from './demo-random.ts'

class NoDemoHost extends errorsOf('web')<'unknown-host'> {}

const SORTS = ['db', 'web', 'app', 'mail', 'files', 'build', 'shop', 'proxy']
const CAUSES = [
  {
    text: 'no space left on "offsite"',
    code: 'storage/full',
    hint: 'Remove data from the storage, or choose a shorter keep policy.',
    task: 'nightly',
  },
  { text: 'could not connect to "s3.example.org": connection timed out', code: 'storage/unreachable', task: 'nightly' },
  { text: 'pg_dump failed (exit code 1): password authentication failed for user "backup"', code: 'process/failed', task: 'databases' },
  { text: '"www.tar.zst" is damaged: its SHA-256 differs from the manifest', code: 'backup/damaged', task: 'verify' },
]
const WARNINGS = [
  '3 files changed while they were read',
  'the clock of this host is 4 minutes ahead',
  'certificate of the mail server expires in 6 days',
]
const DUE = [2, 30] as const

/** Invented hosts, the same for the same number. Requests to them fail, because they do not exist. */
export function demoPeers(count: number, clock: () => Date): Peers {
  const random = demoRandom(count)
  const began = clock()
  const peers = new Map<string, Peer>()
  for (let index = 0; index < count; index += 1) {
    const peer = peerOf(index, { random, now: began })
    peers.set(peer.id, peer)
  }
  const read = (id: string): Peer => {
    const peer = peers.get(id)
    if (peer === undefined) throw new NoDemoHost('unknown-host', 'unknown host')
    return peer
  }
  const refuse = (id: string): never => {
    throw new PeerError('unreachable', `"${read(id).url}" is a host of the demonstration, and does not exist`, { hint: 'Select this host instead.' })
  }
  return {
    list: () => [...peers.values()],
    read,
    add: async (url) => refuse(url),
    remove(id) {
      read(id)
      peers.delete(id)
    },
    request: async (id) => refuse(id),
    requestText: async (id) => refuse(id),
    close: () => undefined,
  }
}

interface Making {
  readonly random: () => number
  readonly now: Date
}

function peerOf(index: number, { random, now }: Making): Peer {
  const sort = SORTS[Math.floor(random() * SORTS.length)]
  const name = `${sort}-${String(index + 1).padStart(2, '0')}`
  const chance = random()
  const state = chance < 0.02 ? 'failed' : chance < 0.03 ? 'overdue' : chance < 0.06 ? 'warning' : 'ok'
  const isSilent = chance > 0.99
  const asOf = new Date(now.getTime() - (isSilent ? 19 * 3_600_000 : random() * 30_000))
  const url = `http://${name}.example.org:5555/`
  const value = hostOf({ name, state, random, now: asOf })
  const error = isSilent
    ? new PeerError('unreachable', `no answer from "${url}" for 10 s`, { hint: 'Check whether the host is running.' })
    : undefined
  return { id: `demo${index}`, url, facts: { kind: 'holdfast', value, skewMs: chance > 0.97 ? 241_000 : 0 }, asOf, error }
}

type State = 'failed' | 'overdue' | 'warning' | 'ok'

function hostOf({ name, state, random, now }: Making & { readonly name: string; readonly state: State }) {
  const due = lastDue(now)
  const sinceDueMs = now.getTime() - due.getTime()
  const at = new Date(due.getTime() - (state === 'ok' || state === 'warning' ? 0 : DAY_MS) + random() * Math.min(3_600_000, sinceDueMs))
  const shown = (daysAgo: number) => ({ at: new Date(at.getTime() - daysAgo * DAY_MS).toISOString(), set: '', task: 'nightly' })
  const last = { failed: 'f', overdue: '-', warning: 'w', ok: 'g' }[state]
  const ends = due.getDate() === now.getDate() ? [last] : [last, '-']
  const states = Array.from({ length: SHOWN_DAYS - ends.length }, () => (random() < 0.01 ? 'f' : random() < 0.03 ? 'w' : 'g'))
  return {
    ...{ id: 'local', name, kind: 'local', url: null, state, cause: causeOf(state, { random, since: due.toISOString() }) },
    claims: { published: shown(0), verified: shown(Math.floor(random() * 7)), restored: random() < 0.6 ? shown(Math.floor(random() * 60)) : null },
    ...{
      failuresSince: state === 'failed' ? 1 + Math.floor(random() * 3) : 0,
      running: random() < 0.01 ? 1 : 0,
      tasks: 1 + Math.floor(random() * 4),
    },
    next: new Date(due.getFullYear(), due.getMonth(), due.getDate() + 1, ...DUE).toISOString(),
    days: { from: daysUntil(now, SHOWN_DAYS)[0] ?? '', states: [...states, ...ends].join('') },
    bytes: Math.round(2 ** (24 + random() * 14)),
    ...{ timeZone: 'Europe/Berlin', skewMs: 0, asOf: now.toISOString(), isReachable: true, error: null },
  }
}

/** The last time at which the task of the hosts was due. */
function lastDue(now: Date): Date {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate(), ...DUE)
  return today <= now ? today : new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, ...DUE)
}

function causeOf(state: State, { random, since }: { readonly random: () => number; readonly since: string }) {
  if (state === 'failed') return { ...CAUSES[Math.floor(random() * CAUSES.length)], since }
  if (state === 'overdue') return { text: `a run was due at ${since} and has not begun`, task: 'nightly', since }
  if (state === 'warning') return { text: WARNINGS[Math.floor(random() * WARNINGS.length)] ?? '', task: 'nightly', since }
  return null
}
