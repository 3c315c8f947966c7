import type { Readable } from 'node:stream'
import { type OperationContext, type Storage, StorageError, type StoredKind, type StoredObject } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { type NameClaim, removeWithRetries } from './claim-set-name.ts'
import { type Lease, leaseKey, openLease } from './lease.ts'
import type { MarkerDeps, MarkerOwner } from './markers.ts'
import { assertIntact, confirmPublished, hasAll } from './publish-leased-set.ts'
import { rollBackSet } from './roll-back-set.ts'

/** A set in the making under a name that is ours, as long as its lease is. */
export interface LeasedSet {
  readonly lease: Lease
  /** Throws `backup/lease-lost` before anything is sent when the set is not ours any more. */
  put(path: string, body: Readable, call: OperationContext & { readonly expectedBytes?: number; readonly kind?: StoredKind }): Promise<StoredObject>
  /** What lies there already is to be part of it. */
  expect(files: ReadonlyMap<string, number>): void
  /** This file is not to be part of it any more. */
  forget(path: string): void
  /** Rejects with `backup/lease-lost` unless the set is ours and all that is to be in it is there. To be asked right before the manifest. */
  assertIntact(call: OperationContext): Promise<void>
  /** Looks the same way once more, then removes our begin marker: that makes the set publish. */
  publish(call: OperationContext): Promise<void>
  /** Looks at what has appeared. Rejects with `backup/lease-lost` when it is not all there. */
  confirm(call: OperationContext): Promise<void>
  /** Removes all of it, as far as it is still ours. Once `publish` was called nothing is removed: it has appeared, or a later run finds it whole. */
  rollBack(): Promise<void>
}

export interface LeasedSetOptions {
  readonly claimed: NameClaim
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

/** Opens the lease of a name that was claimed. Where that fails the claim goes. */
export async function openLeasedSet(
  storage: Storage,
  { claimed, owner, deps, isLegacyRoot }: LeasedSetOptions,
  call: OperationContext,
): Promise<LeasedSet> {
  const { name, marker, claimedMs } = claimed
  const lease = await openLease(storage, { name, owner, deps, claimedMs }, call).catch(async (error: unknown) => {
    await removeWithRetries(storage, leaseKey({ name, owner }))
    await removeWithRetries(storage, marker)
    throw error
  })
  const own = { ...claimed, owner, lease }
  const expected = new Map<string, number>()
  const sent = new Set<string>()
  let mayBePublished = false
  // Whether something of ours may still be on its way. A body that was not read to its end was not sent as a whole, and makes no object.
  let isUnanswered = false
  const mayBeWhole = () => mayBePublished || MANIFEST_PATHS.some((path) => sent.has(path) || expected.has(path))
  return {
    lease,
    async put(path, body, putCall) {
      try {
        lease.refuseLost()
        sent.add(path)
        const stored = await storage.put(`${name}/${path}`, body, putCall)
        expected.set(path, stored.bytes)
        return stored
      } catch (error) {
        isUnanswered ||= error instanceof StorageError && body.readableEnded
        body.destroy()
        throw error
      }
    },
    expect(files) {
      for (const [path, bytes] of files) expected.set(path, bytes)
    },
    forget: (path) => {
      expected.delete(path)
    },
    assertIntact: (lookCall) => assertIntact(storage, own, { expected, call: lookCall }),
    async publish(appearCall) {
      // A renewal on its way would put a marker into a set that is complete.
      await lease.end()
      await assertIntact(storage, own, { expected, call: appearCall })
      mayBePublished = true
      await storage.remove(marker, appearCall)
    },
    async confirm(confirmCall) {
      await confirmPublished(storage, { name, deps }, { expected, call: confirmCall })
      await removeWithRetries(storage, leaseKey(own))
    },
    rollBack: () =>
      rollBackSet(storage, own, {
        mayBePublished,
        mayBeWhole: mayBeWhole(),
        leavesTombstone: isLegacyRoot && isUnanswered,
        sent,
        isWhole: (listed) => hasAll(listed, expected),
      }),
  }
}
