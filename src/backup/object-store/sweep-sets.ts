import type { OperationContext, Storage } from '../../storage/storage.ts'
import { contentsText } from '../set/set-contents.ts'
import { areOver, isOver, isSettled, type Judging } from './expired-markers.ts'
import { findMarkedSet, isGrave, isUnmarked, type MarkedSet } from './list-sets.ts'
import { readMarker } from './markers.ts'
import { isUnchanged } from './observations.ts'
import { takeApart } from './remove-leftover.ts'
import { grewUnderSweep, isDecided, lookInto, type Mark } from './set-markers.ts'
import { isWorthKeeping } from './set-state.ts'
import type { Sweeping } from './sweep-context.ts'

/** How long anything without a mark must have been as it is before it counts as left over. */
const LEFT_OVER_MS = 7 * 24 * 3600_000
/** How long a tombstone stays where something may still arrive. */
const GRAVE_MS = 3600_000

export interface Swept {
  /** Sets that may still be made. */
  readonly live: readonly string[]
  /** Sets that were removed: whatever is on its way to them is nobody's. */
  readonly gone: readonly string[]
}

/**
 * Removes what dead runs left. Complete sets always stay; only marks that do not belong there are removed. A failure here does not fail the
 * new set: what remains is not counted as a set, and is tried again next time.
 */
export async function sweepSets(sets: readonly MarkedSet[], sweeping: Sweeping, call: OperationContext): Promise<Swept> {
  const live: string[] = []
  const gone: string[] = []
  for (const set of sets) {
    try {
      const end = await sweepSet(set, sweeping, call)
      if (end === 'live') live.push(set.name)
      if (end === 'gone') gone.push(set.name)
    } catch (error) {
      if (call.signal.aborted) throw error
      if (!isUnmarked(set)) live.push(set.name)
    }
  }
  return { live, gone }
}

type End = 'live' | 'gone' | 'stays'

async function sweepSet(set: MarkedSet, sweeping: Sweeping, call: OperationContext): Promise<End> {
  const judging: Judging = sweeping
  if (isGrave(set)) return clearGrave(set, sweeping, call)
  if (isUnmarked(set)) return sweepUnmarked(set, sweeping, call)
  if (!isDecided(set.marks) && set.manifestPaths.length > 0 && (await isWorthKeeping(sweeping.storage, set, call))) {
    const isToGo = set.marks.sweep.length > 0 && grewUnderSweep(await lookInto(sweeping.storage, set.name, call))
    if (!isToGo) return clearMarks(set, sweeping, call)
  }
  if (!(await areOver(judging, { name: set.name, marks: set.marks, except: [] }, call))) return 'live'
  // The list may be older than what the dead run did last.
  const now = await findMarkedSet(sweeping.storage, set.name, call)
  if (now === undefined) return 'stays'
  if (!(await areMereClaims(now, sweeping, call))) return takingApart(now, sweeping, call)
  await removeAll(sweeping.storage, [...set.marks.begin, ...set.marks.sighting], call)
  return 'stays'
}

async function takingApart(set: MarkedSet, sweeping: Sweeping, call: OperationContext): Promise<End> {
  return (await takeApart(set.name, sweeping, call)) ? 'gone' : 'live'
}

/**
 * Whether all who have a mark there had wanted no more than the name: a run puts its lease before its first object. What lies there then is of somebody
 * else.
 */
async function areMereClaims(
  { marks: { begin, lease, sweep, tombstone } }: MarkedSet,
  { storage }: Sweeping,
  call: OperationContext,
): Promise<boolean> {
  if (sweep.length > 0 || tombstone.length > 0 || begin.some(({ run }) => lease.some((it) => it.run === run))) return false
  for (const { key } of begin) if ((await readMarker(storage, key, call))?.leaseSeconds === undefined) return false
  return true
}

/**
 * A complete set was made to its end, even if its run died then, and whatever marks arrived late. Under a `sweep` mark it may have been removed in part by
 * requests that have not arrived yet: it counts only when these have.
 */
async function clearMarks({ name, marks }: MarkedSet, sweeping: Sweeping, call: OperationContext): Promise<End> {
  const { storage } = sweeping
  for (const mark of marks.sweep) if (!(await isSettled(sweeping, { name, mark }, call))) return 'live'
  let end: End = 'stays'
  for (const mark of marks.begin) {
    const sign = marks.lease.find(({ run }) => run === mark.run) ?? mark
    if (await isOver(sweeping, { name, mark, sign }, call)) await storage.remove(mark.key, call)
    else end = 'live'
  }
  await removeAll(storage, marks.sweep, call)
  if (end === 'stays') await removeAll(storage, [...marks.lease, ...marks.sighting], call)
  return end
}

async function sweepUnmarked(set: MarkedSet, sweeping: Sweeping, call: OperationContext): Promise<End> {
  const { storage } = sweeping
  for (const lease of set.marks.lease) if (!(await isOver(sweeping, { name: set.name, mark: lease, sign: lease }, call))) return 'stays'
  // In the making, and its begin marker was removed by somebody who had taken the run for dead.
  if (!sweeping.isLegacyRoot && set.marks.lease.length > 0 && set.manifestPaths.length === 0) return takingApart(set, sweeping, call)
  await removeAll(storage, set.marks.lease, call)
  if (await mustStay(set, sweeping, call)) await removeAll(storage, set.marks.sighting, call)
  else if (!set.hasFiles || (await isOld(set, sweeping, call))) return takingApart(set, sweeping, call)
  return 'stays'
}

/**
 * Whether something without a mark is more than what came late, or what a removal has passed over. A set of ours had checksums and guide before its manifest;
 * what has both, and objects, is a set that somebody damaged, and nothing for us to remove.
 */
async function mustStay(set: MarkedSet, { storage, isLegacyRoot }: Sweeping, call: OperationContext): Promise<boolean> {
  if (isLegacyRoot || (set.hasOwnFiles && set.contents.count > 0) || set.marks.lease.length > 0) return true
  return set.hasFiles && (await isWorthKeeping(storage, set, call))
}

async function isOld(set: MarkedSet, { storage, storeNow, deps }: Sweeping, call: OperationContext): Promise<boolean> {
  if (storeNow !== undefined && set.newest !== undefined) return isOldFor(set, storeNow)
  return isUnchanged(storage, { name: set.name, what: 'files', value: contentsText(set.contents), termMs: LEFT_OVER_MS, deps }, call)
}

/** By the store's clock; false where it tells no times. */
export function isOldFor({ newest }: MarkedSet, storeNow: Date | undefined): boolean {
  return storeNow !== undefined && newest !== undefined && storeNow.getTime() - newest.getTime() >= LEFT_OVER_MS
}

/** What may still arrive has arrived when the tombstone is old, or when the run that put it has ended. */
async function clearGrave({ name, marks }: MarkedSet, sweeping: Sweeping, call: OperationContext): Promise<End> {
  const { storage, storeNow } = sweeping
  for (const mark of marks.tombstone) {
    const isOldEnough =
      storeNow !== undefined && mark.modified !== undefined
        ? storeNow.getTime() - mark.modified.getTime() >= GRAVE_MS
        : await isOver(sweeping, { name, mark, sign: mark }, call)
    if (!isOldEnough) return 'stays'
  }
  await removeAll(storage, [...marks.lease, ...marks.sighting, ...marks.tombstone], call)
  return 'stays'
}

async function removeAll(storage: Storage, marks: readonly Mark[], call: OperationContext): Promise<void> {
  for (const { key } of marks) await storage.remove(key, call)
}
