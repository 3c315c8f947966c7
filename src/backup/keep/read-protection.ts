import type { OperationContext } from '../../storage/storage.ts'
import { parseSetName } from '../set/set-name.ts'
import type { SetStore, SetSummary } from '../set/set-store.ts'
import type { Protection } from './decide-rotation.ts'
import { holdNameOf, readHolds } from './holds.ts'
import { isProven } from './record-names.ts'

interface KnownProtection extends Protection {
  /** When holds end, of those that do. */
  readonly holdsEnd?: ReadonlyMap<string, Date>
  /** The names of the records beside the sets. */
  readonly recordNames?: readonly string[]
}

/** The sets that are held, and those that are proven by a drill, by the files beside the sets. Rejects if these cannot be read. */
export async function readProtection(
  { sideFiles, records }: SetStore,
  { present, current, now }: { readonly present: readonly SetSummary[]; readonly current?: string | undefined; readonly now?: Date },
  call: OperationContext,
): Promise<KnownProtection> {
  if (sideFiles === undefined) return {}
  const names = await sideFiles.names('', call)
  const endedBy = now && confirmedTime(present, { current, now })
  const held = await readHolds(sideFiles, { names, ...(endedBy && { now: endedBy }) }, call)
  const recordNames = (await records?.names('', call)) ?? []
  // Grouped once: names of sets do not contain points.
  const bySet = Map.groupBy(
    recordNames.filter((name) => name.endsWith('.drill')),
    (name) => name.slice(0, name.indexOf('.')),
  )
  const proven = present.map(({ name }) => name).filter((name) => isProven(name, bySet.get(name) ?? []))
  const reasons = new Map([...held].map(([name, { why }]) => [name, why]))
  const ends = new Map([...held].flatMap(([name, { until }]) => (until === undefined ? [] : [[name, until] as const])))
  return { held: reasons, holdsEnd: ends, provenSets: proven, recordNames }
}

/**
 * The time until which holds have ended: a set other than the new one must be as late. While the clock is wrong for the first time, only the new set is, and a
 * removal cannot be undone. Undefined without another set.
 */
export function confirmedTime(
  present: readonly SetSummary[],
  { current, now }: { readonly current: string | undefined; readonly now: Date },
): Date | undefined {
  const times = present.filter(({ name }) => name !== current).flatMap(({ name }) => parseSetName(name)?.getTime() ?? [])
  return times.length === 0 ? undefined : new Date(Math.min(now.getTime(), Math.max(...times)))
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
