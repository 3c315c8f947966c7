import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { removeWithRetries } from './claim-set-name.ts'
import { areExpired, areProvenDead, isTombstoneSettled } from './expired-markers.ts'
import { LEASE } from './lease-time.ts'
import { grewUnderSweep, listSetKeys } from './list-set-keys.ts'
import { findStoredSet } from './list-stored-sets.ts'
import type { MarkerDeps, MarkerOwner } from './marker-files.ts'
import { EXPIRING_MARKER, keyOfRun, putMarker, SWEEP_MARKERS, termGuard } from './marker-files.ts'
import { isDecided, keysOfMarkers } from './markers-of-set.ts'
import { observationKey } from './observations.ts'
import { removeSetKeys } from './remove-set-keys.ts'
import { isWorthKeeping } from './set-state.ts'

/**
 * Removes a set found to be left over by dead runs. A `sweep` marker is stored first: with it, the set does not count, whatever is stored later, and
 * a run that makes or receives the set detects the removal. Then the set is listed again: if it is complete now, or a live run has a marker in it,
 * the `sweep` marker is removed and the set is kept. Only listed keys are removed. False if the set is kept.
 */
export async function removeLeftover(name: string, context: SweepContext, call: OperationContext): Promise<boolean> {
  const { storage, owner, deps, isLegacyRoot } = context
  const assertInTerm = termGuard(deps)
  const marker = `${name}/${SWEEP_MARKERS}${keyOfRun(owner.runId)}`
  // After the first removal request, the marker stays until all keys are removed: a failed request may still be processed.
  let isUntouched = true
  try {
    await putMarker(storage, marker, { owner, call })
    const removal = await removalOf(name, marker, { context, call })
    if (removal === undefined) return false
    const tombstone = `${name}/${EXPIRING_MARKER}`
    const leavesTombstone = removal.mayContinue || (isLegacyRoot && removal.mayGetMore)
    if (leavesTombstone) await putMarker(storage, tombstone, { owner, call })
    isUntouched = false
    await removeSetKeys(
      storage,
      { name, keys: removal.keys.filter((key) => !(leavesTombstone && key === tombstone)), last: marker, deps, assertInTerm },
      call,
    )
    return true
  } finally {
    if (isUntouched) await removeWithRetries(storage, marker)
  }
}

interface Removal {
  readonly keys: readonly Key[]
  /** Whether a run with a marker in the set may continue: it was stopped for longer than its lease. The name must not be claimed again meanwhile. */
  readonly mayContinue: boolean
  /** Whether requests to store something in the set may still arrive. */
  readonly mayGetMore: boolean
}

/** Undefined if the set is not left over any more. */
async function removalOf(
  name: string,
  marker: Key,
  { context, call }: { readonly context: SweepContext; readonly call: OperationContext },
): Promise<Removal | undefined> {
  const { storage, deps, storeNow } = context
  const listed = await listSetKeys(storage, name, call)
  const { markers, files, newest } = listed
  if (!markers.sweep.some(({ key }) => key === marker)) return undefined
  if (!(await areExpired(context, { name, markers, except: [marker] }, call))) return undefined
  if (!isDecided(markers) && !grewUnderSweep(listed, marker)) {
    const set = await findStoredSet(storage, name, call)
    if (set === undefined || (set.manifestPaths.length > 0 && (await isWorthKeeping(storage, set, call)))) return undefined
  }
  // Observations are removed with the set, also one that was stored just now.
  const keys = new Set([...[...files.keys()].map((path) => `${name}/${path}`), ...keysOfMarkers(markers), observationKey(name, deps)])
  const own = markers.sweep.find(({ key }) => key === marker)
  const tombstones = markers.tombstone.filter((it) => !isTombstoneSettled(it, own?.modified))
  const mayContinue = !(await areProvenDead([...markers.begin, ...markers.lease, ...markers.sweep.filter((it) => it !== own), ...tombstones], {
    context,
    call,
  }))
  // A dead owner may have sent a request just before.
  const isSilent = storeNow !== undefined && newest !== undefined && storeNow.getTime() - newest.getTime() >= LEASE.termMs
  const mayGetMore = (markers.begin.length > 0 && !isSilent) || tombstones.some(({ modified }) => modified !== undefined)
  return { keys: [...keys], mayContinue, mayGetMore }
}

/** The dependencies of a sweep. */
export interface SweepContext {
  readonly storage: Storage
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly storeNow: Date | undefined
  /** Whether sets count without a manifest: then remains cannot be distinguished from sets of an ancestor. */
  readonly isLegacyRoot: boolean
}
