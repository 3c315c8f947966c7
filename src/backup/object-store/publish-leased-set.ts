import { type Key, type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { compareSetNames } from '../set/set-name.ts'
import { leaseLost } from './lease.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { listStoredSets } from './list-stored-sets.ts'
import { timeOf } from './marker-files.ts'
import { isBeingRemoved, type SetMarkers } from './markers-of-set.ts'
import type { LeasedClaim } from './roll-back-set.ts'

/** The files of a set to be published, with their sizes. */
export type ExpectedFiles = ReadonlyMap<string, number>

export function hasAll({ files }: Pick<SetKeys, 'files'>, expected: ExpectedFiles): boolean {
  return [...expected].every(([path, bytes]) => files.get(path) === bytes)
}

/**
 * Rejects with `backup/lease-lost` unless the lease is valid and all expected files are stored. Called immediately before and after the manifest is
 * stored.
 */
export async function assertIntact(
  storage: Storage,
  claim: LeasedClaim,
  { expected, call }: { readonly expected: ExpectedFiles; readonly call: OperationContext },
): Promise<void> {
  await claim.lease.confirm(call)
  const listed = await listSetKeys(storage, claim.name, call)
  const why = whyChanged(listed.markers, claim) ?? (hasAll(listed, expected) ? undefined : 'files of the set are missing or were replaced')
  if (why !== undefined) throw leaseLost(claim.name, storage.label, why)
  claim.lease.refuseLost()
}

function whyChanged(markers: SetMarkers, { marker }: LeasedClaim): string | undefined {
  if (!markers.begin.some(({ key }) => key === marker)) return 'another run removed its marker'
  if (isBeingRemoved(markers)) return 'another run is removing the set'
  return undefined
}

/** Checks the set for the last time, then removes its begin marker, which publishes it. `onRequest` is called before the removal is requested. */
export async function publishLeasedSet(
  storage: Storage,
  claim: LeasedClaim,
  { expected, onRequest }: { readonly expected: ExpectedFiles; readonly onRequest: () => void },
  call: OperationContext,
): Promise<void> {
  // A renewal in progress would store a marker in a complete set.
  await claim.lease.end()
  await assertIntact(storage, claim, { expected, call })
  onRequest()
  await storage.remove(claim.marker, call)
}

const CHECKS = 10
const CHECK_MS = 1000

/**
 * Lists a set after it was published. A run that was about to remove it as a leftover finds it complete and removes its own marker; this, and late
 * listings, are waited for; the run's own begin marker is removed again. Rejects with `backup/lease-lost` if files are missing or a marker of another
 * run remains, and with `storage/broken` if the own marker does. The set is not changed then, because other runs may have counted it.
 */
export async function confirmPublished(
  storage: Storage,
  claim: Pick<LeasedClaim, 'name' | 'marker' | 'deps'>,
  { expected, call }: { readonly expected: ExpectedFiles; readonly call: OperationContext },
): Promise<void> {
  const { name, marker, deps } = claim
  for (let checks = 1; ; checks += 1) {
    const listed = await listSetKeys(storage, name, call)
    if (await wasRotated(storage, { name, listed }, call)) return
    const failure = failureOf(listed, { claim, label: storage.label, expected })
    if (failure === undefined) return
    if (checks === CHECKS) throw failure
    if (isBegun(listed, marker)) await storage.remove(marker, call)
    await timeOf(deps).pause(CHECK_MS, call.signal)
  }
}

function isBegun({ markers }: SetKeys, marker: Key): boolean {
  return markers.begin.some(({ key }) => key === marker)
}

function failureOf(
  listed: SetKeys,
  {
    claim: { name, marker },
    label,
    expected,
  }: { readonly claim: Pick<LeasedClaim, 'name' | 'marker'>; readonly label: string; readonly expected: ExpectedFiles },
): Error | undefined {
  if (!hasAll(listed, expected)) return leaseLost(name, label, 'files of the set were removed after it was published')
  if (listed.markers.sweep.length > 0) return leaseLost(name, label, 'another run marked the set for removal after it was published')
  if (!isBegun(listed, marker)) return undefined
  return new StorageError('broken', `"${label}" still lists the marker of the set "${name}" that was removed to publish it`, {
    hint: 'Check whether the account may delete objects, and proxies in front of the store.',
  })
}

/** Another run with a newer set may have removed this one by its rotation. */
async function wasRotated(
  storage: Storage,
  { name, listed }: { readonly name: string; readonly listed: SetKeys },
  call: OperationContext,
): Promise<boolean> {
  if (listed.markers.tombstone.length > 0) return true
  if (listed.files.size > 0) return false
  return (await listStoredSets(storage, call)).some((set) => compareSetNames(set.name, name) > 0 && set.manifestPaths.length > 0)
}
