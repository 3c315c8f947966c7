import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { type NameClaim, removeWithRetries } from './claim-set-name.ts'
import { type Lease, leaseKey } from './lease.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { findStoredSet } from './list-stored-sets.ts'
import { EXPIRING_MARKER, keyOfRun, type MarkerDeps, type MarkerOwner, putMarker, SWEEP_MARKERS } from './marker-files.ts'
import { isBeingRemoved } from './markers-of-set.ts'
import { removeSetKeys } from './remove-set-keys.ts'
import { isWorthKeeping } from './set-state.ts'

/** The claimed name of a set in progress, with its lease. */
export interface LeasedClaim extends NameClaim {
  readonly owner: MarkerOwner
  readonly lease: Lease
  readonly deps: MarkerDeps
}

export interface Rollback {
  /** The removal of the begin marker was requested; the result is unknown. */
  readonly mayBePublished: boolean
  /** The manifest may be stored: until it is removed, other runs may find the set complete. */
  readonly mayBeWhole: boolean
  /** If sets count without a manifest, and a request may still be processed: a tombstone is kept. */
  readonly leavesTombstone: boolean
  /** The paths of all files sent. */
  readonly sent: ReadonlySet<string>
  /** Whether all expected files are stored. */
  readonly isWhole: (listed: SetKeys) => boolean
}

/**
 * Removes a set in progress, as far as it belongs to this run. If the set may be complete, a `sweep` marker is stored first, so that the set does not
 * count while its keys are listed and removed; the marker is removed again if another run, which considered this one dead, has made the set count.
 * After a request to publish, nothing is removed: the set is published, or will be when the request is processed or a later run finds the set
 * complete.
 */
export async function rollBackSet(storage: Storage, claim: LeasedClaim, rollback: Rollback): Promise<void> {
  const { name, marker, owner, lease } = claim
  // Not the run's own signal, which is usually the reason for the rollback: the remains would stay until the next sweep.
  const call = { signal: new AbortController().signal }
  await lease.end()
  if (await isLost(lease, call)) return rollBackLost(storage, { claim, rollback }, call)
  const sweep = `${name}/${SWEEP_MARKERS}${keyOfRun(owner.runId)}`
  const hides = rollback.mayBeWhole && !rollback.mayBePublished
  if (hides) await putMarker(storage, sweep, { owner, call })
  const listed = await listSetKeys(storage, name, call)
  const isBegun = listed.markers.begin.some(({ key }) => key === marker)
  if (rollback.mayBePublished || (rollback.mayBeWhole && !isBegun && rollback.isWhole(listed))) {
    if (hides) await removeWithRetries(storage, sweep)
    if (!isBegun) await removeWithRetries(storage, leaseKey(claim))
    return
  }
  const tombstone = `${name}/${EXPIRING_MARKER}`
  if (rollback.leavesTombstone) await putMarker(storage, tombstone, { owner, call })
  const keys = ownKeys(claim, listed)
  await removeSetKeys(storage, { name, keys, ...(hides && { last: sweep }), deps: claim.deps, assertInTerm: lease.refuseLost }, call)
}

async function isLost(lease: Lease, call: OperationContext): Promise<boolean> {
  try {
    await lease.confirm(call)
    return false
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup/lease-lost') return true
    throw error
  }
}

/**
 * Files sent before the loss of the lease was noticed may have been stored after other runs removed the set; no other run could attribute them. They
 * are removed unless another run has a marker there, or the set is complete.
 */
async function rollBackLost(
  storage: Storage,
  { claim, rollback }: { readonly claim: LeasedClaim; readonly rollback: Rollback },
  call: OperationContext,
): Promise<void> {
  const { name, marker, owner, deps } = claim
  const { sent, leavesTombstone } = rollback
  const set = await findStoredSet(storage, name, call)
  if (set === undefined || isBeingRemoved(set.markers) || set.markers.begin.some(({ key }) => key !== marker)) return
  if (set.manifestPaths.length > 0 && (await isWorthKeeping(storage, set, call))) return
  if (leavesTombstone) await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call })
  await removeSetKeys(storage, { name, keys: [...[...sent].map((path) => `${name}/${path}`), marker, leaseKey(claim)], deps }, call)
}

/** Begin markers and leases of other runs are not removed. */
function ownKeys({ name, marker, ...claim }: LeasedClaim, { markers, files }: SetKeys): readonly Key[] {
  const observations = markers.observation.map(({ key }) => key)
  return [...[...files.keys()].map((path) => `${name}/${path}`), ...observations, marker, leaseKey({ name, ...claim })]
}
