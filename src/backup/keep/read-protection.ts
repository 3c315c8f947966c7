import type { OperationContext } from '../../storage/storage.ts'
import type { SetStore, SetSummary } from '../set/set-store.ts'
import type { Protection } from './decide-rotation.ts'
import { isProven } from './drill-records.ts'
import { holdNameOf, readHolds } from './holds.ts'

/** What the files beside the sets say about them: which are held, and which are proven by a drill. Rejects if that cannot be read. */
export async function readProtection(
  { sideFiles }: SetStore,
  { present, now }: { readonly present: readonly SetSummary[]; readonly now?: Date },
  call: OperationContext,
): Promise<Protection> {
  if (sideFiles === undefined) return {}
  const names = await sideFiles.names('', call)
  const held = await readHolds(sideFiles, { names, ...(now && { now }) }, call)
  // Grouped once: names of sets do not contain points.
  const bySet = Map.groupBy(
    names.filter((name) => name.endsWith('.drill')),
    (name) => name.slice(0, name.indexOf('.')),
  )
  const proven = present.map(({ name }) => name).filter((name) => isProven(name, bySet.get(name) ?? []))
  return { held, provenSets: proven }
}

/** Whether one set is held now. Rejects if that cannot be read. */
export async function isHeld(
  { sideFiles }: SetStore,
  { name, now }: { readonly name: string; readonly now?: Date },
  call: OperationContext,
): Promise<boolean> {
  if (sideFiles === undefined) return false
  const hold = holdNameOf(name)
  const names = (await sideFiles.names(hold, call)).filter((it) => it === hold)
  return (await readHolds(sideFiles, { names, ...(now && { now }) }, call)).has(name)
}
