import type { OperationContext, Storage } from '../../storage/storage.ts'
import { contentsText } from '../set/set-contents.ts'
import { areExpired, isExpired, isRemovalSettled } from './expired-markers.ts'
import { grewUnderSweep, listSetKeys } from './list-set-keys.ts'
import { findStoredSet, isTombstoneOnly, isUnmarked, type StoredSet } from './list-stored-sets.ts'
import { readMarker } from './markers.ts'
import { isUnchanged } from './observations.ts'
import { removeLeftover } from './remove-leftover.ts'
import { isDecided, type Marker } from './set-markers.ts'
import { isWorthKeeping } from './set-state.ts'
import type { SweepContext } from './sweep-context.ts'

/** How long anything without a marker must have been as it is before it counts as left over. */
const LEFT_OVER_MS = 7 * 24 * 3600_000
/** How long a tombstone stays where something may still arrive. */
const TOMBSTONE_MS = 3600_000

export interface Swept {
  /** Sets that may still be made. */
  readonly live: readonly string[]
  /** Sets that were removed: whatever is on its way to them is nobody's. */
  readonly gone: readonly string[]
}

/**
 * Removes what dead runs left. Complete sets always stay; only markers that do not belong there are removed. A failure here does not fail the
 * new set: what remains is not counted as a set, and is tried again next time.
 */
export async function sweepSets(sets: readonly StoredSet[], context: SweepContext, call: OperationContext): Promise<Swept> {
  const live: string[] = []
  const gone: string[] = []
  for (const set of sets) {
    try {
      const end = await sweepSet(set, context, call)
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

async function sweepSet(set: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  if (isTombstoneOnly(set)) return clearTombstone(set, context, call)
  if (isUnmarked(set)) return sweepUnmarked(set, context, call)
  if (!isDecided(set.markers) && set.manifestPaths.length > 0 && (await isWorthKeeping(context.storage, set, call))) {
    const isToGo = set.markers.sweep.length > 0 && grewUnderSweep(await listSetKeys(context.storage, set.name, call))
    if (!isToGo) return clearMarkers(set, context, call)
  }
  if (!(await areExpired(context, { name: set.name, markers: set.markers, except: [] }, call))) return 'live'
  // The list may be older than what the dead run did last.
  const now = await findStoredSet(context.storage, set.name, call)
  if (now === undefined) return 'stays'
  if (!(await areMereClaims(now, context, call))) return removeAsLeftover(now, context, call)
  await removeAll(context.storage, [...set.markers.begin, ...set.markers.observation], call)
  return 'stays'
}

async function removeAsLeftover(set: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  return (await removeLeftover(set.name, context, call)) ? 'gone' : 'live'
}

/**
 * Whether all who have a marker there had wanted no more than the name: a run puts its lease before its first object. What lies there then is of somebody
 * else.
 */
async function areMereClaims(
  { markers: { begin, lease, sweep, tombstone } }: StoredSet,
  { storage }: SweepContext,
  call: OperationContext,
): Promise<boolean> {
  if (sweep.length > 0 || tombstone.length > 0 || begin.some(({ run }) => lease.some((it) => it.run === run))) return false
  for (const { key } of begin) if ((await readMarker(storage, key, call))?.leaseSeconds === undefined) return false
  return true
}

/**
 * A complete set was made to its end, even if its run died then, and whatever markers arrived late. Under a `sweep` marker it may have been removed in part by
 * requests that have not arrived yet: it counts only when these have.
 */
async function clearMarkers({ name, markers }: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  const { storage } = context
  for (const marker of markers.sweep) if (!(await isRemovalSettled(context, { name, marker }, call))) return 'live'
  let end: End = 'stays'
  for (const marker of markers.begin) {
    const sign = markers.lease.find(({ run }) => run === marker.run) ?? marker
    if (await isExpired(context, { name, marker, sign }, call)) await storage.remove(marker.key, call)
    else end = 'live'
  }
  await removeAll(storage, markers.sweep, call)
  if (end === 'stays') await removeAll(storage, [...markers.lease, ...markers.observation], call)
  return end
}

async function sweepUnmarked(set: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  const { storage } = context
  for (const lease of set.markers.lease) if (!(await isExpired(context, { name: set.name, marker: lease, sign: lease }, call))) return 'stays'
  // In the making, and its begin marker was removed by somebody who had taken the run for dead.
  if (!context.isLegacyRoot && set.markers.lease.length > 0 && set.manifestPaths.length === 0) return removeAsLeftover(set, context, call)
  await removeAll(storage, set.markers.lease, call)
  if (await mustStay(set, context, call)) await removeAll(storage, set.markers.observation, call)
  else if (!set.hasFiles || (await isOld(set, context, call))) return removeAsLeftover(set, context, call)
  return 'stays'
}

/**
 * Whether something without a marker is more than what came late, or what a removal has passed over. A set of ours had checksums and guide before its manifest;
 * what has both, and objects, is a set that somebody damaged, and nothing for us to remove.
 */
async function mustStay(set: StoredSet, { storage, isLegacyRoot }: SweepContext, call: OperationContext): Promise<boolean> {
  if (isLegacyRoot || (set.hasMetadataFiles && set.contents.count > 0) || set.markers.lease.length > 0) return true
  return set.hasFiles && (await isWorthKeeping(storage, set, call))
}

async function isOld(set: StoredSet, { storage, storeNow, deps }: SweepContext, call: OperationContext): Promise<boolean> {
  if (storeNow !== undefined && set.newest !== undefined) return isOldFor(set, storeNow)
  return isUnchanged(storage, { name: set.name, what: 'files', value: contentsText(set.contents), termMs: LEFT_OVER_MS, deps }, call)
}

/** By the store's clock; false where it tells no times. */
export function isOldFor({ newest }: StoredSet, storeNow: Date | undefined): boolean {
  return storeNow !== undefined && newest !== undefined && storeNow.getTime() - newest.getTime() >= LEFT_OVER_MS
}

/** What may still arrive has arrived when the tombstone is old, or when the run that put it has ended. */
async function clearTombstone({ name, markers }: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  const { storage, storeNow } = context
  for (const marker of markers.tombstone) {
    const isOldEnough =
      storeNow !== undefined && marker.modified !== undefined
        ? storeNow.getTime() - marker.modified.getTime() >= TOMBSTONE_MS
        : await isExpired(context, { name, marker, sign: marker }, call)
    if (!isOldEnough) return 'stays'
  }
  await removeAll(storage, [...markers.lease, ...markers.observation, ...markers.tombstone], call)
  return 'stays'
}

async function removeAll(storage: Storage, markers: readonly Marker[], call: OperationContext): Promise<void> {
  for (const { key } of markers) await storage.remove(key, call)
}
