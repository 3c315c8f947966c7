import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { type NameClaim, removeWithRetries } from './claim-set-name.ts'
import { type Lease, leaseKey } from './lease.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { findStoredSet } from './list-stored-sets.ts'
import { EXPIRING_MARKER, keyOfRun, type MarkerOwner, putMarker, SWEEP_MARKERS } from './markers.ts'
import { removeSetKeys } from './remove-set-keys.ts'
import { isBeingRemoved } from './set-markers.ts'
import { isWorthKeeping } from './set-state.ts'

/** A set in the making of ours, under its markers. */
export interface LeasedClaim extends NameClaim {
  readonly owner: MarkerOwner
  readonly lease: Lease
}

export interface Rollback {
  /** The removal of our begin marker was asked for: whether that has happened is not known. */
  readonly mayBePublished: boolean
  /** The manifest may be there: until all of it has gone, others may find the set whole. */
  readonly mayBeWhole: boolean
  /** Where a set counts without a manifest, and something of ours may be on its way still: then a tombstone stays. */
  readonly leavesTombstone: boolean
  /** The paths of all that was sent. */
  readonly sent: ReadonlySet<string>
  /** Whether what lies there is all that the set is to have. */
  readonly isWhole: (listed: SetKeys) => boolean
}

/**
 * Removes everything of a set in the making, as long as it is ours: what is not any more is others' business. Where it may be whole a `sweep` marker comes first,
 * so that it does not count while we listed and remove; it stays when somebody who took us for dead has had it count. Once its appearance was asked for nothing
 * is removed: it has appeared, or will when that request arrives, or when a later run finds it whole.
 */
export async function rollBackSet(storage: Storage, claim: LeasedClaim, rollback: Rollback): Promise<void> {
  const { name, marker, owner, lease } = claim
  // Not the run's claim signal, which is mostly why we are here: what is left would only be swept by a later run.
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
  await removeSetKeys(storage, { name, keys: ownKeys(claim, listed), ...(hides && { last: sweep }), assertInTerm: lease.refuseLost }, call)
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
 * What we sent before we noticed may lie where others have cleared up already, and nobody would ever know whose it is. It goes, unless somebody has a marker
 * there or the set is whole.
 */
async function rollBackLost(
  storage: Storage,
  { claim, rollback }: { readonly claim: LeasedClaim; readonly rollback: Rollback },
  call: OperationContext,
): Promise<void> {
  const { name, marker, owner } = claim
  const { sent, leavesTombstone } = rollback
  const set = await findStoredSet(storage, name, call)
  if (set === undefined || isBeingRemoved(set.markers) || set.markers.begin.some(({ key }) => key !== marker)) return
  if (set.manifestPaths.length > 0 && (await isWorthKeeping(storage, set, call))) return
  if (leavesTombstone) await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call })
  await removeSetKeys(storage, { name, keys: [...[...sent].map((path) => `${name}/${path}`), marker, leaseKey(claim)] }, call)
}

/** Claims and markers of others are theirs to remove. */
function ownKeys({ name, marker, ...claim }: LeasedClaim, { markers, files }: SetKeys): readonly Key[] {
  const observations = markers.observation.map(({ key }) => key)
  return [...[...files.keys()].map((path) => `${name}/${path}`), ...observations, marker, leaseKey({ name, ...claim })]
}
