import type { OperationContext, Storage } from '../../storage/storage.ts'
import { contentsText } from '../set/set-contents.ts'
import { areExpired, areProvenDead, isExpired, isRemovalSettled, isTombstoneOver } from './expired-markers.ts'
import { grewUnderSweep, listSetKeys } from './list-set-keys.ts'
import { findStoredSet, isTombstoneOnly, isUnmarked, type StoredSet } from './list-stored-sets.ts'
import { readMarker } from './marker-files.ts'
import { isDecided, type Marker } from './markers-of-set.ts'
import { isUnchanged } from './observations.ts'
import type { SweepContext } from './remove-leftover.ts'
import { removeLeftover } from './remove-leftover.ts'
import { isWorthKeeping } from './set-state.ts'

/** How long files without a marker must be unchanged to be considered left over. */
const LEFT_OVER_MS = 7 * 24 * 3600_000

export interface Swept {
  /** Sets that may still be in progress. */
  readonly live: readonly string[]
  /** Sets that were removed: uploads to them can be aborted. */
  readonly gone: readonly string[]
}

/**
 * Removes the remains of dead runs. Complete sets are always kept; only their leftover markers are removed. A failure does not fail the new set:
 * remains do not count, and the next run tries again.
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
  // The dead run may have stored more since the listing.
  const now = await findStoredSet(context.storage, set.name, call)
  if (now === undefined) return 'stays'
  if (!(await areOnlyClaims(now, context, call))) return removeAsLeftover(now, context, call)
  // A stopped run may continue, and publish the set at any time: the name is taken from it as from any other run.
  if (!now.hasFiles && !(await areProvenDead(now.markers.begin, { context, call }))) return removeAsLeftover(now, context, call)
  await removeAll(context.storage, [...set.markers.begin, ...set.markers.observation], call)
  return 'stays'
}

async function removeAsLeftover(set: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  return (await removeLeftover(set.name, context, call)) ? 'gone' : 'live'
}

/** Whether all runs with a marker had only claimed the name: a run stores its lease before its first object. The files then belong to other runs. */
async function areOnlyClaims(
  { markers: { begin, lease, sweep, tombstone } }: StoredSet,
  { storage }: SweepContext,
  call: OperationContext,
): Promise<boolean> {
  if (sweep.length > 0 || tombstone.length > 0 || begin.some(({ run }) => lease.some((it) => it.run === run))) return false
  for (const { key } of begin) if ((await readMarker(storage, key, call))?.leaseSeconds === undefined) return false
  return true
}

/**
 * Removes the markers of a complete set, even if its run has died or markers were stored late. With a `sweep` marker, removal requests may still be
 * processed: the set counts only when that is impossible.
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
  // A set in progress whose begin marker was removed by a run that considered the owner dead.
  if (!context.isLegacyRoot && set.markers.lease.length > 0 && set.manifestPaths.length === 0) return removeAsLeftover(set, context, call)
  await removeAll(storage, set.markers.lease, call)
  if (await mustStay(set, context, call)) await removeAll(storage, set.markers.observation, call)
  else if (!set.hasFiles || (await isOld(set, context, call))) return removeAsLeftover(set, context, call)
  return 'stays'
}

/**
 * Whether files without a marker are more than remains that were stored late or missed by a removal. Holdfast stores checksums and guide before the
 * manifest; a set with both, and with objects, is a damaged set, which is kept.
 */
async function mustStay(set: StoredSet, { storage, isLegacyRoot }: SweepContext, call: OperationContext): Promise<boolean> {
  if (isLegacyRoot || (set.hasMetadataFiles && set.contents.count > 0) || set.markers.lease.length > 0) return true
  return set.hasFiles && (await isWorthKeeping(storage, set, call))
}

async function isOld(set: StoredSet, { storage, storeNow, deps }: SweepContext, call: OperationContext): Promise<boolean> {
  if (storeNow !== undefined && set.newest !== undefined) return isOldFor(set, storeNow)
  return isUnchanged(storage, { name: set.name, what: 'files', value: contentsText(set.contents), termMs: LEFT_OVER_MS, deps }, call)
}

/** By the store's clock; false if it reports no times. */
export function isOldFor({ newest }: StoredSet, storeNow: Date | undefined): boolean {
  return storeNow !== undefined && newest !== undefined && storeNow.getTime() - newest.getTime() >= LEFT_OVER_MS
}

/** Removes a tombstone without a set when requests can no longer arrive. */
async function clearTombstone({ name, markers }: StoredSet, context: SweepContext, call: OperationContext): Promise<End> {
  const { storage } = context
  for (const marker of markers.tombstone) if (!(await isTombstoneOver(context, { name, marker }, call))) return 'stays'
  await removeAll(storage, [...markers.lease, ...markers.observation, ...markers.tombstone], call)
  return 'stays'
}

async function removeAll(storage: Storage, markers: readonly Marker[], call: OperationContext): Promise<void> {
  for (const { key } of markers) await storage.remove(key, call)
}
