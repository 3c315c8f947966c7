import type { Readable } from 'node:stream'
import { isFull, type OperationContext, type Storage, StorageError, type StoredKind, type StoredObject } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { type NameClaim, removeWithRetries } from './claim-set-name.ts'
import { type Lease, leaseKey, openLease } from './lease.ts'
import type { MarkerDeps, MarkerOwner } from './marker-files.ts'
import { assertIntact, confirmPublished, hasAll, publishLeasedSet } from './publish-leased-set.ts'
import { rollBackSet } from './roll-back-set.ts'

/** A set in progress, with a claimed name and a lease. */
export interface LeasedSet {
  readonly lease: Lease
  /** Throws `backup/lease-lost` before anything is sent if the lease is lost. */
  put(path: string, body: Readable, call: OperationContext & { readonly expectedBytes?: number; readonly kind?: StoredKind }): Promise<StoredObject>
  /** Adds files that are already stored to the expected files of the set. */
  expect(files: ReadonlyMap<string, number>): void
  /** Removes a file from the expected files. */
  forget(path: string): void
  /**
   * Rejects with `backup/lease-lost` unless the lease is valid and all expected files are stored. Called immediately before the manifest is stored.
   */
  assertIntact(call: OperationContext): Promise<void>
  /** Checks the same again, then removes the begin marker, which publishes the set. */
  publish(call: OperationContext): Promise<void>
  /** Lists the published set. Rejects with `backup/lease-lost` if files are missing. */
  confirm(call: OperationContext): Promise<void>
  /**
   * Removes the set, as far as it belongs to this run. Removes nothing after a call of `publish`: the set is published, or a later run finds it
   * complete.
   */
  rollBack(): Promise<void>
}

export interface LeasedSetOptions {
  readonly claimed: NameClaim
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

/** Opens the lease of a claimed name. If that fails, the claim is removed. */
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
  const own = { ...claimed, owner, lease, deps }
  const expected = new Map<string, number>()
  // Without those that a full store has refused: it has stored nothing.
  const sent = new Set<string>()
  let mayBePublished = false
  // Whether a request may still be processed. A body that was not read to its end was not sent completely, and creates no object.
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
        if (isFull(error)) sent.delete(path)
        else isUnanswered ||= error instanceof StorageError && body.readableEnded
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
    publish: (publishCall) =>
      publishLeasedSet(
        storage,
        own,
        {
          expected,
          onRequest: () => {
            mayBePublished = true
          },
        },
        publishCall,
      ),
    async confirm(confirmCall) {
      await confirmPublished(storage, own, { expected, call: confirmCall })
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
