import { chooseSet } from '../../backup/set/choose-set.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { BackupTarget } from '../../plan/plan.ts'
import type { OwnedSets, OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import type { OpeningHost } from '../host/wire.ts'
import { eachSetStore } from './each-set-store.ts'

class NothingToRestore extends AppError {
  readonly code = 'cli/nothing-to-restore'
}

/** One set, with all storages that have it, local ones first. */
export interface FoundSet {
  readonly set: string
  readonly places: readonly OwnedTarget[]
}

interface StorageSets {
  readonly place: OwnedTarget
  readonly present: readonly SetSummary[]
}

/**
 * The requested set, on whatever storage. A storage that cannot be read is a failure reported to `host`, which does not matter if another one has the
 * sets of that step. Undefined if no storage has it.
 */
export async function findSet(owned: readonly OwnedSets[], wanted: string, host: Host & OpeningHost): Promise<FoundSet | undefined> {
  const found: FoundSet[] = []
  let isRead = true
  for (const sets of owned) {
    const listings: StorageSets[] = []
    const areAllRead = await eachSetStore([{ ...sets, targets: localFirst(sets.targets) }], host, async (store, place) => {
      listings.push({ place, present: await store.list({ signal: host.signals.stop }) })
    })
    const set = chooseSet(union(listings), wanted)?.name
    if (set !== undefined) found.push({ set, places: placesOf(listings, set) })
    if (!areAllRead && set === undefined) isRead = false
  }
  const [first, second] = found
  if (!isRead) return undefined
  if (first === undefined) throw nothingThere(wanted)
  if (second !== undefined) throw severalThere(found)
  return first
}

function localFirst(targets: readonly BackupTarget[]): readonly BackupTarget[] {
  const isLocal = ({ storage }: BackupTarget) => Number(storage.kind === 'localfs')
  return targets.toSorted((a, b) => isLocal(b) - isLocal(a))
}

/** Each name once, from a storage on which the set is complete. */
function union(listings: readonly StorageSets[]): readonly SetSummary[] {
  const sets = new Map<string, SetSummary>()
  for (const set of listings.flatMap(({ present }) => present)) {
    const known = sets.get(set.name)
    if (known === undefined || known.state === 'unfinished') sets.set(set.name, set)
  }
  return [...sets.values()]
}

// Complete sets take precedence over unfinished ones, which are found only by their full names, to report their state.
function placesOf(listings: readonly StorageSets[], wanted: string): readonly OwnedTarget[] {
  const those = listings.filter(({ present }) => present.some(({ name }) => name === wanted))
  const isWhole = ({ present }: StorageSets) => Number(present.some(({ name, state }) => name === wanted && state !== 'unfinished'))
  return those.toSorted((a, b) => isWhole(b) - isWhole(a)).map(({ place }) => place)
}

function nothingThere(wanted: string): NothingToRestore {
  const what = wanted === 'latest' ? 'no sets to restore' : `no set at or before "${printable(wanted)}"`
  return new NothingToRestore(what, {
    hint: 'See "sets" for the existing sets. Write a name, "latest", or a time such as 2026-11-20 or 2026-11-20T08:00.',
  })
}

function severalThere(found: readonly FoundSet[]): NothingToRestore {
  const tasks = [...new Set(found.flatMap(({ places }) => places.map(({ task }) => `"${printable(task)}"`)))].join(', ')
  return new NothingToRestore('several backup steps of this task have a matching set', {
    hint: `Specify the step that made it: ${tasks}; or the full name of the set.`,
  })
}
