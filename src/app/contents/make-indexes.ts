import { type Listing, whyIncomplete } from '../../backup/contents/listing.ts'
import type { StoredRecord } from '../../backup/restore/restore-jobs.ts'
import { AppError } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import { nothingFound } from '../sets/find-set.ts'
import type { KeyFiles } from '../sets/restore-keys.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'
import { forgetRemoved } from './list-inside.ts'
import { type ContentsReader, openContentsReader, type ReadingObserver } from './open-reading.ts'
import { chosenPerStep, onlySet, type PlacedSet, withPlacedSets } from './placed-sets.ts'

export interface IndexRequest extends SetsRequest {
  readonly plan: Plan
  /** A name, `latest` (of each step) or `all`. */
  readonly set: string
  readonly keyFiles: KeyFiles
}

export interface IndexObserver extends ReadingObserver {
  onListing(set: PlacedSet, object: StoredRecord, listing: Listing): void
}

/** Makes the missing indexes of sets, and removes those of sets that no longer exist. Resolves with whether everything inside is known now. */
export async function makeIndexes(request: IndexRequest, observer: IndexObserver, host: Host): Promise<boolean> {
  const { plan, keyFiles, acceptRoot, trustRoot } = request
  return withPlacedSets(requestedSets(request), { ...host, acceptRoot, trustRoot }, async (placed) => {
    await forgetRemoved(placed, host, true)
    const sets = chosen(placed.sets, request.set)
    if (sets.length === 0 && placed.isWhole) throw nothingFound(request.set)
    const reader = await openContentsReader({ keyFiles, mayRead: true }, { plan, observer }, host)
    let isGood = placed.isWhole
    try {
      for (const set of sets) isGood = (await indexSet(set, reader, { observer, host })) && isGood
      return isGood
    } finally {
      await reader.close()
    }
  })
}

function chosen(sets: readonly PlacedSet[], wanted: string): readonly PlacedSet[] {
  if (wanted === 'all') return sets
  return wanted === 'latest' || sets.length === 0 ? chosenPerStep(sets, wanted) : [onlySet(sets, wanted)]
}

async function indexSet(
  set: PlacedSet,
  reader: ContentsReader,
  { observer, host }: { readonly observer: IndexObserver; readonly host: Host },
): Promise<boolean> {
  let isGood = true
  try {
    for (const object of (await reader.objectsOf(set)).records) {
      host.signals.stop.throwIfAborted()
      const listing = await reader.makeIndex(set, object)
      observer.onListing(set, object, listing)
      isGood &&= whyIncomplete(listing) === undefined
    }
    return isGood
  } catch (error) {
    if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
    host.fail(error)
    return false
  }
}
