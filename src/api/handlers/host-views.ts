import { hostname } from 'node:os'
import type { Web } from '../../app/web/open-web.ts'
import { daysUntil, SHOWN_DAYS } from '../../app/web/overview/days.ts'
import type { Overview, Shown, TaskView } from '../../app/web/overview/read-overview.ts'
import type { KristaFacts } from '../../app/web/peers/krista-peer.ts'
import type { Peer } from '../../app/web/peers/open-peers.ts'
import { AppError } from '../../lib/errors.ts'
import { Host, HostState } from '../schema/hosts.ts'
import { claimsOf, LOCAL, zone } from './views.ts'

/** Hosts are polled every 30 seconds: older facts are no longer reliable. */
const SILENT_MS = 15 * 60_000

/** The current state of this host, even if its configuration is invalid. */
export async function localHost({ data, host }: Pick<Web, 'data' | 'host'>): Promise<Host> {
  const now = host.clock()
  try {
    return ofOverview(await data.overview())
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const cause = { text: error.message, code: error.code, ...(error.hint !== undefined && { hint: error.hint }) }
    return {
      ...nobody(now),
      id: LOCAL,
      name: hostname(),
      kind: 'local',
      state: 'failed',
      cause,
      asOf: now.toISOString(),
      isReachable: true,
      timeZone: zone(),
      skewMs: 0,
    }
  }
}

function ofOverview({ at, tasks, running }: Overview): Host {
  const worst = worstOf(tasks)
  const next = tasks.flatMap(({ schedule }) => (schedule && schedule.isEnabled !== false ? (schedule.next[0] ?? []) : []))
  const bytes = tasks.flatMap((it) => it.bytes ?? [])
  return {
    ...nobody(at),
    ...{ id: LOCAL, name: hostname(), kind: 'local', ...worst },
    claims: claimsOf({ published: newest(tasks, 'published'), verified: newest(tasks, 'verified'), restored: newest(tasks, 'restored') }),
    failuresSince: tasks.reduce((sum, it) => sum + it.failuresSince, 0),
    running: running.length,
    tasks: tasks.length,
    next: next.length === 0 ? null : new Date(Math.min(...next.map((it) => it.getTime()))).toISOString(),
    days: { from: tasks[0]?.days.from ?? nobody(at).days.from, states: worstLetters(tasks.map(({ days }) => days.states)) },
    bytes: bytes.length === 0 ? null : bytes.reduce((sum, it) => sum + it, 0),
    ...{ timeZone: zone(), skewMs: 0, asOf: at.toISOString(), isReachable: true },
  }
}

/** Tasks that are not scheduled and have never run do not make a host worse; if there are no others, nothing is known about it. */
function worstOf(tasks: readonly TaskView[]): Pick<Host, 'state' | 'cause'> {
  const known = tasks.flatMap((task) => (task.state === 'never-run' ? [] : { task, state: task.state }))
  const [worst] = known.toSorted((a, b) => rank(a.state) - rank(b.state))
  if (worst !== undefined) return { state: worst.state, cause: causeOf(worst.task) }
  return { state: 'unknown', cause: tasks.length === 0 ? null : { text: 'no task has run yet, and none is scheduled' } }
}

function causeOf({ task, reason, since, lastRun }: TaskView): Host['cause'] {
  if (reason === null) return null
  const { code, hint } = lastRun?.error ?? {}
  return {
    text: reason,
    task: task.name,
    ...(code !== undefined && { code }),
    ...(hint !== undefined && { hint }),
    ...(lastRun && { run: lastRun.id }),
    ...(since && { since: since.toISOString() }),
  }
}

function newest(tasks: readonly TaskView[], claim: 'published' | 'verified' | 'restored'): Shown | null {
  const all = tasks.flatMap(({ claims }) => claims[claim] ?? [])
  return all.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0] ?? null
}

const LETTERS = '-?gwf'

function worstLetters(all: readonly string[]): string {
  const [first = ''] = all
  return [...first].map((_, at) => all.map((it) => it[at] ?? '-').toSorted((a, b) => LETTERS.indexOf(b) - LETTERS.indexOf(a))[0] ?? '-').join('')
}

export function rank(state: HostState): number {
  return HostState.options.indexOf(state)
}

const read = new WeakMap<object, Host | null>()
const shown = new WeakMap<Peer, { readonly key: string; readonly host: Host }>()

/** Another instance, with the age of its facts. The same object as before unless something has changed: there can be thousands of hosts. */
export function peerHost(peer: Peer, now: Date): Host {
  const { error, asOf } = peer
  const isSilent = error !== undefined && (asOf === undefined || now.getTime() - asOf.getTime() > SILENT_MS)
  // The days that are shown begin on another day.
  const key = `${isSilent} ${now.getFullYear()} ${now.getMonth()} ${now.getDate()}`
  const known = shown.get(peer)
  if (known?.key === key) return known.host
  const host = ofPeer(peer, isSilent, now)
  shown.set(peer, { key, host })
  return host
}

function ofPeer({ id, url, facts, asOf, error }: Peer, isSilent: boolean, now: Date): Host {
  const known = facts?.kind === 'holdfast' ? holdfastHost(facts.value) : facts ? kristaHost(facts.value, now) : null
  const failure = error ? { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) } : null
  const since = asOf && { since: asOf.toISOString() }
  return {
    ...(known ?? { ...nobody(now), name: nameOf(url), kind: 'unknown' as const }),
    ...{ id, url, asOf: asOf?.toISOString() ?? null, isReachable: error === undefined && asOf !== undefined, error: failure },
    ...(facts?.kind === 'holdfast' && { kind: 'holdfast' as const, skewMs: facts.skewMs }),
    ...(isSilent &&
      failure && {
        state: 'silent' as const,
        cause: { text: failure.message, code: failure.code, ...(failure.hint !== undefined && { hint: failure.hint }), ...since },
      }),
  }
}

function holdfastHost(value: unknown): Host | null {
  if (typeof value !== 'object' || value === null) return null
  const known = read.get(value)
  if (known !== undefined) return known
  const parsed = Host.safeParse(value)
  const host = parsed.success ? parsed.data : null
  read.set(value, host)
  return host
}

function kristaHost({ name, state, reason, tasks, lastGood, failuresSince }: KristaFacts, now: Date): Host {
  return {
    ...nobody(now),
    ...{ name, kind: 'krista', state, cause: reason === null ? null : { text: reason }, failuresSince, tasks: tasks.length },
    claims: { published: lastGood && { at: lastGood.toISOString(), set: '', task: '' }, verified: null, restored: null },
  }
}

function nobody(now: Date): Host {
  const days = daysUntil(now, SHOWN_DAYS)
  return {
    ...{ id: '', name: '', kind: 'unknown', url: null, state: 'unknown', cause: null },
    claims: { published: null, verified: null, restored: null },
    ...{ failuresSince: 0, running: 0, tasks: 0, next: null, bytes: null, timeZone: null, skewMs: null, asOf: null, isReachable: false, error: null },
    days: { from: days[0] ?? '', states: '?'.repeat(SHOWN_DAYS) },
  }
}

function nameOf(url: string): string {
  return /^https?:\/\/(?:[^@/]*@)?(?<name>\[[^\]]*\]|[^/:]*)/u.exec(url)?.groups?.['name'] ?? url
}
