import { describeObjects } from '../../backup/coverage/describe-coverage.ts'
import { parseSetName } from '../../backup/set/set-name.ts'
import type { SetStore, SetSummary } from '../../backup/set/set-store.ts'
import type { OwnedSets, OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Host } from '../host/host.ts'
import type { RootChoices } from '../host/wire.ts'
import { eachSetStore } from './each-set-store.ts'
import { requestedSets, type SetsRequest } from './sets-request.ts'

export interface ListedSet extends SetSummary {
  /** Absent if the manifest is missing or cannot be read. */
  readonly objects?: number
  /** The parts of the sources in the objects, and the omitted parts. Absent if this is unknown. */
  readonly covers?: string
  readonly ageMs: number
}

/** The sets of one backup step on one storage. */
export interface StorageListing {
  readonly owned: OwnedTarget
  readonly storage: string
  readonly sets: readonly ListedSet[]
}

/** Lists the sets of each step and storage in turn. Resolves with whether every storage could be read. */
export async function listSets(request: SetsRequest, onPlace: (place: StorageListing) => void, host: Host): Promise<boolean> {
  const { acceptRoot, trustRoot } = request
  return listOwnedSets(requestedSets(request), onPlace, { ...host, acceptRoot, trustRoot })
}

/** The same for sets that were already selected. */
export async function listOwnedSets(
  owned: readonly OwnedSets[],
  onPlace: (place: StorageListing) => void,
  host: Host & RootChoices,
): Promise<boolean> {
  const call = { signal: host.signals.stop }
  return eachSetStore(owned, host, async (sets, place) => {
    onPlace({ owned: place, storage: sets.label, sets: await listIn(sets, { now: host.clock(), call }) })
  })
}

async function listIn(sets: SetStore, { now, call }: { readonly now: Date; readonly call: OperationContext }): Promise<readonly ListedSet[]> {
  const listed: ListedSet[] = []
  for (const set of await sets.list(call)) {
    const contents = hasManifest(set) ? await contentsOf(sets, set.name, call) : {}
    const ageMs = now.getTime() - (parseSetName(set.name)?.getTime() ?? now.getTime())
    listed.push({ ...set, ageMs, ...contents })
  }
  return listed
}

function hasManifest({ state }: SetSummary): boolean {
  return state === 'complete' || state === 'damaged'
}

/** The state as displayed: a set whose manifest cannot be read is not called complete. */
export type ShownState = SetSummary['state'] | 'newer' | 'unreadable' | 'incomplete' | 'suspicious'

export function shownState({ state, isNewer, isUnreadable, isIncomplete, isSuspicious }: SetSummary): ShownState {
  if (isNewer) return 'newer'
  if (state === 'complete' && isIncomplete) return 'incomplete'
  if (state === 'complete' && isSuspicious) return 'suspicious'
  return isUnreadable ? 'unreadable' : state
}

// A set of a later version, or with a damaged manifest, is listed, too: "verify" reports the problem.
async function contentsOf(sets: SetStore, name: string, call: OperationContext): Promise<Pick<ListedSet, 'objects' | 'covers'>> {
  try {
    const { objects } = await sets.readManifest(name, call)
    const covers = describeObjects(objects)
    return { objects: objects.length, ...(covers !== undefined && { covers }) }
  } catch {
    return {}
  }
}
