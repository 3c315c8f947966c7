import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { type Claimed, removeSurely } from './claim-set-name.ts'
import { type Lease, leaseKey } from './lease.ts'
import { findMarkedSet, removeKeys } from './list-sets.ts'
import { EXPIRING_MARKER, keyOfRun, type MarkerOwner, putMarker, SWEEP_MARKERS } from './markers.ts'
import { isBeingRemoved, type Look, lookInto } from './set-markers.ts'
import { isWorthKeeping } from './set-state.ts'

/** A set in the making of ours, under its marks. */
export interface Own extends Claimed {
  readonly owner: MarkerOwner
  readonly lease: Lease
}

export interface Undoing {
  /** The removal of our begin marker was asked for: whether that has happened is not known. */
  readonly mayBePublished: boolean
  /** The manifest may be there: until all of it has gone, others may find the set whole. */
  readonly mayBeWhole: boolean
  /** Where a set counts without a manifest, and something of ours may be on its way still: then a tombstone stays. */
  readonly leavesGrave: boolean
  /** The paths of all that was sent. */
  readonly sent: ReadonlySet<string>
  /** Whether what lies there is all that the set is to have. */
  readonly isWhole: (look: Look) => boolean
}

/**
 * Removes everything of a set in the making, as long as it is ours: what is not any more is others' business. Where it may be whole a `sweep` mark comes first,
 * so that it does not count while we look and remove; it stays when somebody who took us for dead has had it count. Once its appearance was asked for nothing
 * is removed: it has appeared, or will when that request arrives, or when a later run finds it whole.
 */
export async function undoMarked(storage: Storage, own: Own, undoing: Undoing): Promise<void> {
  const { name, marker, owner, lease } = own
  // Not the run's own signal, which is mostly why we are here: what is left would only be swept by a later run.
  const call = { signal: new AbortController().signal }
  await lease.end()
  if (await isLost(lease, call)) return undoLost(storage, { own, undoing }, call)
  const sweep = `${name}/${SWEEP_MARKERS}${keyOfRun(owner.runId)}`
  const hides = undoing.mayBeWhole && !undoing.mayBePublished
  if (hides) await putMarker(storage, sweep, { owner, call })
  const look = await lookInto(storage, name, call)
  const isBegun = look.marks.begin.some(({ key }) => key === marker)
  if (undoing.mayBePublished || (undoing.mayBeWhole && !isBegun && undoing.isWhole(look))) {
    if (hides) await removeSurely(storage, sweep)
    if (!isBegun) await removeSurely(storage, leaseKey(own))
    return
  }
  const tombstone = `${name}/${EXPIRING_MARKER}`
  if (undoing.leavesGrave) await putMarker(storage, tombstone, { owner, call })
  await removeKeys(storage, { name, keys: ownKeys(own, look), ...(hides && { last: sweep }), mayGoOn: lease.refuseLost }, call)
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
 * What we sent before we noticed may lie where others have cleared up already, and nobody would ever know whose it is. It goes, unless somebody has a mark
 * there or the set is whole.
 */
async function undoLost(storage: Storage, { own, undoing }: { readonly own: Own; readonly undoing: Undoing }, call: OperationContext): Promise<void> {
  const { name, marker, owner } = own
  const { sent, leavesGrave } = undoing
  const set = await findMarkedSet(storage, name, call)
  if (set === undefined || isBeingRemoved(set.marks) || set.marks.begin.some(({ key }) => key !== marker)) return
  if (set.manifestPaths.length > 0 && (await isWorthKeeping(storage, set, call))) return
  if (leavesGrave) await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call })
  await removeKeys(storage, { name, keys: [...[...sent].map((path) => `${name}/${path}`), marker, leaseKey(own)] }, call)
}

/** Claims and marks of others are theirs to remove. */
function ownKeys({ name, marker, ...own }: Own, { marks, files }: Look): readonly Key[] {
  const sightings = marks.sighting.map(({ key }) => key)
  return [...[...files.keys()].map((path) => `${name}/${path}`), ...sightings, marker, leaseKey({ name, ...own })]
}
