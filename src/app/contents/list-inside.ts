import type { ContentEntry } from '../../backup/contents/entry.ts'
import { removeOrphans } from '../../backup/contents/index/index-places.ts'
import { type Listing, whyIncomplete } from '../../backup/contents/listing.ts'
import { matchObject } from '../../backup/filter/match-object.ts'
import { type StoredRecord, whyNot } from '../../backup/restore/restore-jobs.ts'
import { AppError } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import { chooseTask } from '../choose-task.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import type { RootChoices } from '../host/wire.ts'
import { onStorage } from '../sets/sets-request.ts'
import { entriesBelow, entriesIn } from './entry-filters.ts'
import { type ContentsChoice, openContentsReader, type ReadingObserver, type SetObjects } from './open-reading.ts'
import { onlySet, type PlacedSet, type PlacedSets, withPlacedSets } from './placed-sets.ts'

export interface ListRequest extends RootChoices, ContentsChoice {
  readonly plan: Plan
  /** Absent: the plan's default. */
  readonly task: string | undefined
  /** A name, `latest`, or a time. */
  readonly set: string
  readonly storage: string | undefined
  /** By path, with or without extensions. Absent: the objects are listed. */
  readonly object: string | undefined
  /** Inside the object. Absent: its top. */
  readonly path: string | undefined
  /** Also the contents of folders. */
  readonly isRecursive: boolean
}

/** What is listed of an object. */
export interface ListedInside {
  readonly set: PlacedSet
  readonly object: StoredRecord
  readonly listing: Listing
  readonly shown: number
}

export interface ListObserver extends ReadingObserver {
  onObjects(set: PlacedSet, objects: SetObjects): void
  onEntry(entry: ContentEntry, of: { readonly set: PlacedSet; readonly object: StoredRecord }): void
  /** After the entries. */
  onEnd(listed: ListedInside): void
}

class NotInside extends AppError {
  readonly code = 'cli/not-inside'
}

/** Lists the objects of a set, or the contents of one of them. Resolves with whether the list is complete. */
export async function listInside(request: ListRequest, observer: ListObserver, host: Host): Promise<boolean> {
  const { plan, task, storage, acceptRoot, trustRoot } = request
  const owned = onStorage(setsOf(plan, chooseTask(plan, task)), storage)
  return withPlacedSets(owned, { ...host, acceptRoot, trustRoot }, async (placed) => {
    await forgetRemoved(placed, host)
    // A storage that cannot be read may have a newer one.
    if (placed.sets.length === 0 && !placed.isWhole) return false
    const set = onlySet(placed.sets, request.set)
    const reader = await openContentsReader(request, { plan, observer }, host)
    try {
      const objects = await reader.objectsOf(set)
      if (request.object === undefined) {
        observer.onObjects(set, objects)
        return true
      }
      const match = matchObject(objects.records, request.object)
      if (match.kind !== 'found')
        throw new NotInside(whyNot(request.object, match, objects.failed), { hint: 'See "ls TASK SET" for the objects of the set.' })
      const { object } = match
      let shown = 0
      const onEntry = (entry: ContentEntry) => {
        shown += 1
        observer.onEntry(entry, { set, object })
      }
      const consumer = request.isRecursive ? entriesBelow(request.path, onEntry) : entriesIn(request.path, onEntry)
      const listing = await reader.list(set, object, consumer)
      observer.onEnd({ set, object, listing, shown })
      return whyIncomplete(listing) === undefined && (shown > 0 || request.path === undefined)
    } finally {
      await reader.close()
    }
  })
}

/** Removes this host's indexes of sets that no longer exist. `beside`: also those beside the sets. */
export async function forgetRemoved({ places }: Pick<PlacedSets, 'places'>, host: Host, beside = false): Promise<void> {
  const call = { signal: host.signals.stop }
  for (const { sets, present } of places) {
    const removing = { present: present.map(({ name }) => name), now: host.clock(), beside }
    await removeOrphans({ sets, stateFolder: stateFolder(host.env, host.uid) }, removing, call)
  }
}
