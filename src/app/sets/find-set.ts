import { chooseSet, parseMoment } from '../../backup/set/choose-set.ts'
import { compareSetNames, parseSetName } from '../../backup/set/set-name.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'
import { isDamaged, isWhole, type Standing, standingOf, wasPublished } from '../../backup/set/standing.ts'
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

class DamagedSet extends AppError {
  readonly code = 'cli/damaged-set'
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
 * The requested set, on whatever storage. A storage that cannot be read is a failure reported to `host`, which is ignored if another one has the sets
 * of that step. Undefined if no storage has it.
 */
export async function findSet(owned: readonly OwnedSets[], wanted: string, host: Host & OpeningHost): Promise<FoundSet | undefined> {
  const found: FoundSet[] = []
  let isRead = true
  for (const sets of owned) {
    const listings: StorageSets[] = []
    const areAllRead = await eachSetStore([{ ...sets, targets: localFirst(sets.targets) }], host, async (store, place) => {
      listings.push({ place, present: await store.list({ signal: host.signals.stop }) })
    })
    const present = union(listings)
    const chosen = chooseSet(present, wanted)
    if (chosen !== undefined && isDamaged(chosen) && chosen.name !== wanted) throw damagedThere(chosen.name, wanted, present)
    const set = chosen?.name
    if (set !== undefined) found.push({ set, places: placesOf(listings, set) })
    if (!areAllRead && set === undefined) isRead = false
  }
  const [first, second] = found
  if (!isRead) return undefined
  if (first === undefined) throw nothingFound(wanted)
  if (second !== undefined) throw severalFound(found.flatMap(({ places }) => places.map(({ task }) => task)))
  return first
}

/** Targets on this host before others. */
export function localFirst(targets: readonly BackupTarget[]): readonly BackupTarget[] {
  const isLocal = ({ storage }: BackupTarget) => Number(storage.kind === 'localfs')
  return targets.toSorted((a, b) => isLocal(b) - isLocal(a))
}

/** Each name once, from the storage on which the set is in the best state. */
function union(listings: readonly StorageSets[]): readonly SetSummary[] {
  const sets = new Map<string, SetSummary>()
  for (const set of listings.flatMap(({ present }) => present)) {
    const known = sets.get(set.name)
    if (known === undefined || rankOf(set) > rankOf(known)) sets.set(set.name, set)
  }
  return [...sets.values()]
}

const RANKS: Readonly<Record<Standing, number>> = { whole: 2, damaged: 1, none: 0 }

function rankOf(set: SetSummary): number {
  return RANKS[standingOf(set)]
}

// Published sets take precedence over unfinished ones, which are found only by their full names, to report their state. Of a damaged one, the problems are
// reported before another storage is tried.
function placesOf(listings: readonly StorageSets[], wanted: string): readonly OwnedTarget[] {
  const those = listings.filter(({ present }) => present.some(({ name }) => name === wanted))
  const isPublished = ({ present }: StorageSets) => Number(present.some((set) => set.name === wanted && wasPublished(set)))
  return those.toSorted((a, b) => isPublished(b) - isPublished(a)).map(({ place }) => place)
}

export function nothingFound(wanted: string): NothingToRestore {
  return new NothingToRestore(whyNothing(wanted), {
    hint: 'See "sets" for the existing sets. Write a name, "latest", or a time such as 2026-11-20 or 2026-11-20T08:00.',
  })
}

function whyNothing(wanted: string): string {
  if (wanted === 'latest') return 'no sets to restore'
  if (wanted === 'all') return 'no sets found'
  if (parseSetName(wanted) !== undefined) return `unknown set "${printable(wanted)}"`
  if (parseMoment(wanted) === undefined) return `invalid set or time "${printable(wanted)}"`
  return `no set at or before "${printable(wanted)}"`
}

/** An older set instead would be a surprise: the user decides. */
function damagedThere(name: string, wanted: string, present: readonly SetSummary[]): DamagedSet {
  const older = present
    .filter((set) => isWhole(set) && compareSetNames(set.name, name) < 0)
    .map((set) => set.name)
    .toSorted(compareSetNames)
    .at(-1)
  const which = wanted === 'latest' ? 'the newest set' : `the newest set at or before "${printable(wanted)}"`
  const instead = older === undefined ? 'There is no older complete set.' : `To restore the newest complete set before it, write "${older}".`
  return new DamagedSet(`${which}, "${name}", is damaged: objects are missing or have another size`, {
    hint: `See "verify" for its problems. ${instead} To restore undamaged objects of the damaged set, write its full name and the objects.`,
  })
}

export function severalFound(owners: readonly string[]): NothingToRestore {
  const tasks = [...new Set(owners.map((task) => `"${printable(task)}"`))].join(', ')
  return new NothingToRestore('several backup steps of this task have a matching set', {
    hint: `Specify the step that made it: ${tasks}; or the full name of the set.`,
  })
}
