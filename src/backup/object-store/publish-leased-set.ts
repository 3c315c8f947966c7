import type { OperationContext, Storage } from '../../storage/storage.ts'
import { leaseLost } from './lease.ts'
import { listMarkedSets } from './list-sets.ts'
import { type MarkerDeps, timeOf } from './markers.ts'
import type { Own } from './roll-back-set.ts'
import { isBeingRemoved, type Look, lookInto, type Marks } from './set-markers.ts'
/** What a set is to hold when it is published: its files with their sizes. */
export type Wanted = ReadonlyMap<string, number>

export function holds({ files }: Pick<Look, 'files'>, wanted: Wanted): boolean {
  return [...wanted].every(([path, bytes]) => files.get(path) === bytes)
}

/**
 * Makes sure that a set in the making is still ours, and that all that was put is there. Rejects with `backup/lease-lost` otherwise. To be asked right
 * before the manifest and after it.
 */
export async function refuseTouched(
  storage: Storage,
  own: Own,
  { wanted, call }: { readonly wanted: Wanted; readonly call: OperationContext },
): Promise<void> {
  await own.lease.confirm(call)
  const look = await lookInto(storage, own.name, call)
  const why = whyTouched(look.marks, own) ?? (holds(look, wanted) ? undefined : 'files of the set are missing or were replaced')
  if (why !== undefined) throw leaseLost(own.name, storage.label, why)
  own.lease.refuseLost()
}

function whyTouched(marks: Marks, { marker }: Own): string | undefined {
  if (!marks.begin.some(({ key }) => key === marker)) return 'another run removed its marker'
  if (isBeingRemoved(marks)) return 'another run is removing the set'
  return undefined
}

const LOOKS = 10
const LOOK_MS = 1000

/**
 * Looks at a set that was published just now. A run that took it for left over a moment ago sees that it is complete, and removes its mark; that is waited for, and
 * so is a listing that lags behind.
 * Rejects with `backup/lease-lost` when it is not whole, or remains marked. It is not touched: as it was whole, others may have counted it.
 */
export async function confirmPublished(
  storage: Storage,
  { name, deps }: { readonly name: string; readonly deps: MarkerDeps },
  { wanted, call }: { readonly wanted: Wanted; readonly call: OperationContext },
): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const look = await lookInto(storage, name, call)
    if (await wasRotated(storage, { name, look }, call)) return
    const isWhole = holds(look, wanted)
    if (isWhole && look.marks.sweep.length === 0) return
    if (looks === LOOKS && !isWhole) throw leaseLost(name, storage.label, 'files of the set were removed after it was published')
    if (looks === LOOKS) throw leaseLost(name, storage.label, 'another run marked the set for removal after it was published')
    await timeOf(deps).pause(LOOK_MS, call.signal)
  }
}

/** Another run that has a newer set may rotate this one away at once. */
async function wasRotated(
  storage: Storage,
  { name, look }: { readonly name: string; readonly look: Look },
  call: OperationContext,
): Promise<boolean> {
  if (look.marks.tombstone.length > 0) return true
  if (look.files.size > 0) return false
  return (await listMarkedSets(storage, call)).some((set) => set.name > name && set.manifestPaths.length > 0)
}
