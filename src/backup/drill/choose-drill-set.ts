import type { OperationContext } from '../../storage/storage.ts'
import { drillRecordsOf } from '../keep/record-names.ts'
import type { SetStore } from '../set/set-store.ts'
import { preferOwn, wasPublished } from '../set/standing.ts'

/** Selects a set by `latest`, `random`, `unproven` (see `DrillChoice`), or its name. Sets of this host take precedence. Undefined if there is none. `random` as `Math.random`. */
export async function chooseDrillSet(
  sets: SetStore,
  { wanted, random }: { readonly wanted: string; readonly random: () => number },
  call: OperationContext,
): Promise<string | undefined> {
  const published = (await sets.list(call)).filter(wasPublished)
  const present = preferOwn(published).map(({ name }) => name)
  switch (wanted) {
    case 'latest':
      return present.at(-1)
    case 'random':
      return present[Math.floor(random() * present.length)]
    case 'unproven':
      return leastRecent(present, (await sets.records?.names('', call)) ?? [])
    default:
      return published.find(({ name }) => name === wanted)?.name
  }
}

/** The newest set without a record; if there is none, the one whose last record is the oldest. */
function leastRecent(present: readonly string[], names: readonly string[]): string | undefined {
  const last = (set: string) => drillRecordsOf(set, names).at(-1)?.slice(set.length) ?? ''
  return present.toReversed().toSorted((a, b) => (last(a) < last(b) ? -1 : Number(last(a) > last(b))))[0]
}
