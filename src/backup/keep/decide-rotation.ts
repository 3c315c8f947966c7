import { type ClockJump, unconfirmedJump } from '../../lib/clock-jump.ts'
import { formatDuration } from '../../lib/format.ts'
import type { KeepBuckets, KeepPolicy } from '../../plan/plan.ts'
import type { Rotation } from '../set/events.ts'
import { bySetName, compareSetNames, formatSetName, parseSetName } from '../set/set-name.ts'
import type { SetHost, SetSummary } from '../set/set-store.ts'
import { isDamaged, isOfOther, isWhole } from '../set/standing.ts'
import { keptByRules } from './retention-rules.ts'

/** Sets that no rule lets expire. */
export interface Protection {
  /** By name, with the reason. They do not count for `copies`. */
  readonly held?: ReadonlyMap<string, string>
  /** The names of those that a drill has proven. */
  readonly provenSets?: readonly string[]
}

export interface RotationPolicy extends KeepPolicy, Protection {
  /** The user confirms that the clock is right: time-based rules are not suspended. */
  readonly isClockConfirmed?: boolean
  /** Only sets of this host count and expire. Absent: those of all hosts. */
  readonly ownHost?: SetHost
}

/**
 * Decides which sets expire, and lists damaged and suspicious sets, which neither count nor expire. Only complete and legacy sets with a valid name count and
 * can expire; the new set (`current`) and the newest one never do. Incomplete sets are decided by the same rules among themselves. If the new set is suspicious
 * or incomplete, no complete set expires. With buckets, sets that no rule retains expire. Limits apply to all remaining sets, including the new one; the oldest expire until both limits
 * are met. Negative limits act as 0. Held sets and the newest proven sets (`proven`, at least one) never expire.
 *
 * If `current` is not the newest set, nothing expires: names are times, and after a clock was set back the good sets would be treated as the oldest.
 * Among incomplete sets, nothing expires if any whole set is newer than `current`.
 * If the clock seems to have jumped ahead, buckets with a time-based rule do not let anything expire; limits still apply.
 */
export function decideRotation(all: readonly SetSummary[], policy: RotationPolicy, current: string | undefined): Rotation {
  const foreign = all.filter((set) => isWhole(set) && isOfOther(set, policy.ownHost)).map(({ name }) => name)
  const sets = all.filter((set) => !isOfOther(set, policy.ownHost))
  const damaged = sets.filter(isDamaged).map(({ name }) => name)
  const suspicious = sets.filter((set) => isWhole(set) && set.isSuspicious === true).map(({ name }) => name)
  const counted = decideAmong(sets.filter(countsForRotation), policy, { current, doubt: whyDoubtful(sets, current) })
  return {
    ...counted,
    ...(counted.skipped === undefined || isDoubtful(sets, current) ? withIncomplete(counted, { sets, current }, policy) : {}),
    ...(foreign.length > 0 && { foreign }),
    ...(damaged.length > 0 && { damaged }),
    ...(suspicious.length > 0 && { suspicious }),
  }
}

interface Listed {
  readonly sets: readonly SetSummary[]
  readonly current: string | undefined
}

/** Incomplete sets are rotated among themselves: they never displace a complete set, and do not pile up. */
function withIncomplete({ keep, expire }: Rotation, { sets, current }: Listed, policy: RotationPolicy): Pick<Rotation, 'keep' | 'expire'> {
  const incomplete = sets.filter((set) => isCountable(set) && set.isIncomplete === true && set.isSuspicious !== true)
  const newest = newestNameOf(sets.filter((set) => isWhole(set) && parseSetName(set.name) !== undefined))
  const doubt = current !== undefined && newest !== undefined && compareSetNames(current, newest) < 0 ? whySkipped(current, newest) : undefined
  const own = decideAmong(incomplete, policy, { current: newestNameOf(incomplete), doubt })
  const marked = <T extends { readonly reason: string }>(list: readonly T[]) => list.map((it) => ({ ...it, reason: `incomplete: ${it.reason}` }))
  return { keep: [...keep, ...marked(own.keep)].toSorted(bySetName), expire: [...expire, ...marked(own.expire)].toSorted(bySetName) }
}

function whyDoubtful(sets: readonly SetSummary[], current: string | undefined): string | undefined {
  const set = sets.find(({ name }) => name === current)
  if (set?.isSuspicious === true) return `the new set "${current}" is suspicious: accept it, or remove it`
  return set?.isIncomplete === true ? `the new set "${current}" is incomplete` : undefined
}

function isDoubtful(sets: readonly SetSummary[], current: string | undefined): boolean {
  return whyDoubtful(sets, current) !== undefined
}

function newestNameOf(sets: readonly SetSummary[]): string | undefined {
  return sets
    .map(({ name }) => name)
    .toSorted(compareSetNames)
    .at(-1)
}

interface Newest {
  /** The new set; absent: none. */
  readonly current: string | undefined
  /** Why nothing may expire because of it. */
  readonly doubt?: string | undefined
}

function decideAmong(sets: readonly SetSummary[], policy: RotationPolicy, { current, doubt }: Newest): Rotation {
  const counted = sets.toSorted(bySetName)
  const newest = counted.at(-1)?.name
  const skipped = doubt ?? (current !== undefined && newest !== current ? whySkipped(current, newest) : undefined)
  if (skipped !== undefined) return { keep: counted.map(({ name }) => ({ name, reason: 'rotation was skipped' })), expire: [], skipped }
  return decideCounted(counted, policy, current)
}

/** `counted`: oldest first; the last one is `current`, if there is a new set. */
function decideCounted(counted: readonly SetSummary[], policy: RotationPolicy, current: string | undefined): Rotation {
  const newest = counted.at(-1)?.name
  const keep: { name: string; reason: string }[] = []
  const expire: { name: string; bytes: bigint; reason: string }[] = []
  const names = counted.map(({ name }) => name)
  const wanted = policy.buckets && keptByRules(names, { ...policy.buckets, timeZone: policy.timeZone }, current)
  const go = (set: SetSummary, reason: string) => expire.push({ name: set.name, bytes: set.bytes, reason })
  const kept = protectedSets(names, policy)
  const mayGo = ({ name, isNewer }: SetSummary) => name !== newest && isNewer !== true && !kept.has(name)
  const isWanted = (set: SetSummary) => wanted === undefined || wanted.has(set.name) || !mayGo(set)
  const unwanted = counted.filter((set) => !isWanted(set))
  const jump = unwanted.length > 0 && policy.isClockConfirmed !== true && policy.buckets ? jumpOf(names, policy.buckets) : undefined
  if (jump === undefined) for (const set of unwanted) go(set, 'no rule keeps it')
  const left = jump === undefined ? counted.filter(isWanted) : counted
  const excess = {
    count: BigInt(left.filter(({ name }) => policy.held?.has(name) !== true).length) - limitOf(policy.copies),
    bytes: totalBytes(left) - limitOf(policy.totalBytes),
  }
  for (const set of left) {
    const reason = expiryReason(excess, policy)
    if (reason !== undefined && mayGo(set)) {
      go(set, reason)
      excess.count -= 1n
      excess.bytes -= set.bytes
    } else keep.push({ name: set.name, reason: keepingReason(set, { isOver: reason !== undefined, newest, current, wanted, kept }) })
  }
  return { keep, expire: expire.toSorted(bySetName), ...(jump && { waits: whyWaiting(jump, names) }) }
}

/** A jump of the clock that suspends the time-based rules, because the names are not reliable then. */
function jumpOf(names: readonly string[], { last: _, ...byTime }: KeepBuckets): ClockJump | undefined {
  if (Object.values(byTime).every((it) => it === undefined)) return undefined
  return unconfirmedJump(
    names.map((name) => parseSetName(name)?.getTime() ?? 0),
    byTime.withinMs,
  )
}

function whyWaiting({ afterMs, beforeMs, explainedMs }: ClockJump, names: readonly string[]): string {
  const [after, before] = [afterMs, beforeMs].map((ms) => names.find((name) => parseSetName(name)?.getTime() === ms) ?? formatSetName(new Date(ms)))
  const gap = formatDuration(afterMs - beforeMs)
  return `the set "${after}" is ${gap} later than "${before}", but the sets before it explain only ${formatDuration(explainedMs)}: the clock may have jumped, so time-based rules are suspended until a later run confirms it, or until "rotate --yes"`
}

interface Keeping {
  readonly isOver: boolean
  readonly newest: string | undefined
  readonly current: string | undefined
  readonly wanted: ReadonlyMap<string, readonly string[]> | undefined
  readonly kept: ReadonlyMap<string, string>
}

function keepingReason({ name }: SetSummary, { isOver, newest, current, wanted, kept }: Keeping): string {
  const rules = wanted?.get(name)
  const protection = kept.get(name)
  if (protection !== undefined && (isOver || !rules)) return protection
  if (!isOver && !wanted) return 'within the limits'
  if (!isOver && rules) return `kept by ${rules.join(', ')}`
  if (!isOver && name !== newest) return 'time-based rules are suspended'
  if (name === newest) return name === current ? 'the new set' : 'the newest set'
  return 'made by a later version'
}

/** The names that do not expire, with the reason. `names` are sorted, oldest first. */
function protectedSets(names: readonly string[], { held, provenSets = [], proven = 1 }: RotationPolicy): ReadonlyMap<string, string> {
  const areProven = new Set(provenSets)
  const newest = names.filter((name) => areProven.has(name)).slice(-Math.max(1, proven))
  return new Map([...newest.map((name) => [name, 'proven by a drill'] as const), ...(held ?? [])])
}

/** Whether rotation considers this set. All others are neither counted nor changed, whatever their names are. */
export function countsForRotation(set: SetSummary): boolean {
  return isCountable(set) && set.isIncomplete !== true && set.isSuspicious !== true
}

function isCountable(set: SetSummary): boolean {
  return isWhole(set) && set.isUnreadable !== true && parseSetName(set.name) !== undefined
}

const NO_LIMIT = 2n ** 200n

function limitOf(limit: bigint | undefined): bigint {
  if (limit === undefined) return NO_LIMIT
  return limit < 0n ? 0n : limit
}

function totalBytes(sets: readonly SetSummary[]): bigint {
  return sets.reduce((sum, { bytes }) => sum + bytes, 0n)
}

function expiryReason(excess: { readonly count: bigint; readonly bytes: bigint }, { copies, totalBytes: bytes }: KeepPolicy): string | undefined {
  if (excess.count > 0n) return `more than ${copies} set${copies === 1n ? '' : 's'}`
  if (excess.bytes > 0n) return `more than ${bytes} bytes in total`
  return undefined
}

function whySkipped(current: string, newest: string | undefined): string {
  if (newest === undefined || compareSetNames(newest, current) < 0) return `the new set "${current}" was not found`
  return `the set "${newest}" is newer than the new set "${current}": the clock was set back, or another run finished first`
}
