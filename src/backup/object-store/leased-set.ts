import type { Readable } from 'node:stream'
import { type OperationContext, type Storage, StorageError, type StoredKind, type StoredObject } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { type Claimed, removeSurely } from './claim-set-name.ts'
import { type Lease, leaseKey, openLease } from './lease.ts'
import type { MarkerDeps, MarkerOwner } from './markers.ts'
import { confirmPublished, holds, refuseTouched } from './publish-leased-set.ts'
import { undoMarked } from './roll-back-set.ts'

/** A set in the making under a name that is ours, as long as its lease is. */
export interface OwnSet {
  readonly lease: Lease
  /** Throws `backup/lease-lost` before anything is sent when the set is not ours any more. */
  put(path: string, body: Readable, call: OperationContext & { readonly expectedBytes?: number; readonly kind?: StoredKind }): Promise<StoredObject>
  /** What lies there already is to be part of it. */
  expect(files: ReadonlyMap<string, number>): void
  /** This file is not to be part of it any more. */
  forget(path: string): void
  /** Rejects with `backup/lease-lost` unless the set is ours and all that is to be in it is there. To be asked right before the manifest. */
  refuseTouched(call: OperationContext): Promise<void>
  /** Looks the same way once more, then removes our begin marker: that makes the set appear. */
  appear(call: OperationContext): Promise<void>
  /** Looks at what has appeared. Rejects with `backup/lease-lost` when it is not all there. */
  confirm(call: OperationContext): Promise<void>
  /** Removes all of it, as far as it is still ours. Once `appear` was called nothing is removed: it has appeared, or a later run finds it whole. */
  undo(): Promise<void>
}

export interface Owning {
  readonly claimed: Claimed
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

/** Opens the lease of a name that was claimed. Where that fails the claim goes. */
export async function openOwnSet(storage: Storage, { claimed, owner, deps, isLegacyRoot }: Owning, call: OperationContext): Promise<OwnSet> {
  const { name, marker, claimedMs } = claimed
  const lease = await openLease(storage, { name, owner, deps, claimedMs }, call).catch(async (error: unknown) => {
    await removeSurely(storage, leaseKey({ name, owner }))
    await removeSurely(storage, marker)
    throw error
  })
  const own = { ...claimed, owner, lease }
  const wanted = new Map<string, number>()
  const sent = new Set<string>()
  let mayBePublished = false
  // Whether something of ours may still be on its way. A body that was not read to its end was not sent as a whole, and makes no object.
  let isUnanswered = false
  const mayBeWhole = () => mayBePublished || MANIFEST_PATHS.some((path) => sent.has(path) || wanted.has(path))
  return {
    lease,
    async put(path, body, putCall) {
      try {
        lease.refuseLost()
        sent.add(path)
        const stored = await storage.put(`${name}/${path}`, body, putCall)
        wanted.set(path, stored.bytes)
        return stored
      } catch (error) {
        isUnanswered ||= error instanceof StorageError && body.readableEnded
        body.destroy()
        throw error
      }
    },
    expect(files) {
      for (const [path, bytes] of files) wanted.set(path, bytes)
    },
    forget: (path) => {
      wanted.delete(path)
    },
    refuseTouched: (lookCall) => refuseTouched(storage, own, { wanted, call: lookCall }),
    async appear(appearCall) {
      // A renewal on its way would put a mark into a set that is complete.
      await lease.end()
      await refuseTouched(storage, own, { wanted, call: appearCall })
      mayBePublished = true
      await storage.remove(marker, appearCall)
    },
    async confirm(confirmCall) {
      await confirmPublished(storage, { name, deps }, { wanted, call: confirmCall })
      await removeSurely(storage, leaseKey(own))
    },
    undo: () =>
      undoMarked(storage, own, {
        mayBePublished,
        mayBeWhole: mayBeWhole(),
        leavesGrave: isLegacyRoot && isUnanswered,
        sent,
        isWhole: (look) => holds(look, wanted),
      }),
  }
}
