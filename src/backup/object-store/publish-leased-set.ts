import type { OperationContext, Storage } from '../../storage/storage.ts'
import { leaseLost } from './lease.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { listStoredSets } from './list-stored-sets.ts'
import { type MarkerDeps, timeOf } from './markers.ts'
import type { LeasedClaim } from './roll-back-set.ts'
import { isBeingRemoved, type SetMarkers } from './set-markers.ts'
/** What a set is to hold when it is published: its files with their sizes. */
export type ExpectedFiles = ReadonlyMap<string, number>

export function hasAll({ files }: Pick<SetKeys, 'files'>, expected: ExpectedFiles): boolean {
  return [...expected].every(([path, bytes]) => files.get(path) === bytes)
}

/**
 * Makes sure that a set in the making is still ours, and that all that was put is there. Rejects with `backup/lease-lost` otherwise. To be asked right
 * before the manifest and after it.
 */
export async function assertIntact(
  storage: Storage,
  claim: LeasedClaim,
  { expected, call }: { readonly expected: ExpectedFiles; readonly call: OperationContext },
): Promise<void> {
  await claim.lease.confirm(call)
  const listed = await listSetKeys(storage, claim.name, call)
  const why = whyTouched(listed.markers, claim) ?? (hasAll(listed, expected) ? undefined : 'files of the set are missing or were replaced')
  if (why !== undefined) throw leaseLost(claim.name, storage.label, why)
  claim.lease.refuseLost()
}

function whyTouched(markers: SetMarkers, { marker }: LeasedClaim): string | undefined {
  if (!markers.begin.some(({ key }) => key === marker)) return 'another run removed its marker'
  if (isBeingRemoved(markers)) return 'another run is removing the set'
  return undefined
}

const LOOKS = 10
const LOOK_MS = 1000

/**
 * Looks at a set that was published just now. A run that took it for left over a moment ago sees that it is complete, and removes its marker; that is waited for, and
 * so is a listing that lags behind.
 * Rejects with `backup/lease-lost` when it is not whole, or remains marked. It is not touched: as it was whole, others may have counted it.
 */
export async function confirmPublished(
  storage: Storage,
  { name, deps }: { readonly name: string; readonly deps: MarkerDeps },
  { expected, call }: { readonly expected: ExpectedFiles; readonly call: OperationContext },
): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const listed = await listSetKeys(storage, name, call)
    if (await wasRotated(storage, { name, listed }, call)) return
    const isWhole = hasAll(listed, expected)
    if (isWhole && listed.markers.sweep.length === 0) return
    if (looks === LOOKS && !isWhole) throw leaseLost(name, storage.label, 'files of the set were removed after it was published')
    if (looks === LOOKS) throw leaseLost(name, storage.label, 'another run marked the set for removal after it was published')
    await timeOf(deps).pause(LOOK_MS, call.signal)
  }
}

/** Another run that has a newer set may rotate this one away at once. */
async function wasRotated(
  storage: Storage,
  { name, listed }: { readonly name: string; readonly listed: SetKeys },
  call: OperationContext,
): Promise<boolean> {
  if (listed.markers.tombstone.length > 0) return true
  if (listed.files.size > 0) return false
  return (await listStoredSets(storage, call)).some((set) => set.name > name && set.manifestPaths.length > 0)
}
