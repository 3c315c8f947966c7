import type { Host } from '../host/host.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'
import { forgetRemoved } from './list-inside.ts'
import { type ContentsChoice, openContentsReader, type ReadingObserver } from './open-reading.ts'
import { chosenPerStep, type PlacedSet, withPlacedSets } from './placed-sets.ts'
import { type FoundEntry, type NameSearch, type SearchedSet, searchObjects, type UnsearchedPart } from './search-objects.ts'

export interface SearchRequest extends SetsRequest, ContentsChoice, NameSearch {
  /** A name, `latest` or a time, of each step. Absent: all sets. */
  readonly set: string | undefined
}

/** Something that was found. Without an entry: the object itself. */
export interface Hit extends FoundEntry {
  readonly set: PlacedSet
}

export interface Unsearched extends UnsearchedPart {
  readonly set: PlacedSet
}

export interface SearchObserver extends ReadingObserver {
  onHit(hit: Hit): void
  onUnsearched(unsearched: Unsearched): void
}

export interface SearchResult {
  readonly hits: number
  readonly sets: number
  readonly objects: number
  readonly unsearched: number
  /** Whether every storage could be read. */
  readonly isWhole: boolean
}

/** Searches sets for names of objects and of their contents, newest first. Objects that could not be searched are reported, never omitted. */
export async function searchInside(request: SearchRequest, observer: SearchObserver, host: Host): Promise<SearchResult> {
  const { plan, acceptRoot, trustRoot } = request
  return withPlacedSets(requestedSets(request), { ...host, acceptRoot, trustRoot }, async (placed) => {
    await forgetRemoved(placed, host)
    const reader = await openContentsReader(request, { plan, observer }, host)
    const count = { hits: 0, sets: 0, objects: 0, unsearched: 0 }
    const { stop: signal } = host.signals
    try {
      for (const set of request.set === undefined ? placed.sets : chosenPerStep(placed.sets, request.set)) {
        signal.throwIfAborted()
        count.sets += 1
        const objects = async () => (await reader.objectsOf(set)).records
        const list: SearchedSet['list'] = (object, consumer) => reader.list(set, object, consumer)
        count.objects += await searchObjects({ objects, list, signal }, request, {
          onFound(found) {
            count.hits += 1
            observer.onHit({ set, ...found })
          },
          onUnsearched(unsearched) {
            count.unsearched += 1
            observer.onUnsearched({ set, ...unsearched })
          },
        })
      }
      return { ...count, isWhole: placed.isWhole }
    } finally {
      await reader.close()
    }
  })
}
