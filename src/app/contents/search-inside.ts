import type { ContentEntry } from '../../backup/contents/entry.ts'
import type { StoredRecord } from '../../backup/restore/restore-jobs.ts'
import { chooseSet } from '../../backup/set/choose-set.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Host } from '../host/host.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'
import { entriesLike, nameMatcher } from './entry-filters.ts'
import { forgetRemoved, isComplete } from './list-inside.ts'
import { type ContentsChoice, type ContentsReader, openContentsReader, type ReadingObserver } from './open-reading.ts'
import { type PlacedSet, withPlacedSets } from './placed-sets.ts'

export interface SearchRequest extends SetsRequest, ContentsChoice {
  /** Part of a path, or with `isGlob` a shell pattern. */
  readonly wanted: string
  readonly isGlob: boolean
  /** A name, `latest` or a time, of each step. Absent: all sets. */
  readonly set: string | undefined
}

/** Something that was found. Without an entry: the object itself. */
export interface Hit {
  readonly set: PlacedSet
  readonly object: StoredRecord
  readonly entry?: ContentEntry
}

/** What was not searched, or not all of it. Without an object: a whole set. */
export interface Unsearched {
  readonly set: PlacedSet
  readonly object?: StoredRecord
  readonly message: string
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

/** Searches sets for names of objects and of what is inside them, newest first. What could not be searched is reported, never omitted. */
export async function searchInside(request: SearchRequest, observer: SearchObserver, host: Host): Promise<SearchResult> {
  const { plan, acceptRoot, trustRoot } = request
  return withPlacedSets(requestedSets(request), { ...host, acceptRoot, trustRoot }, async (placed) => {
    await forgetRemoved(placed, host)
    const reader = await openContentsReader(request, { plan, observer }, host)
    const count = { hits: 0, sets: 0, objects: 0, unsearched: 0 }
    const counting: SearchObserver = {
      ...observer,
      onHit(hit) {
        count.hits += 1
        observer.onHit(hit)
      },
      onUnsearched(unsearched) {
        count.unsearched += 1
        observer.onUnsearched(unsearched)
      },
    }
    try {
      for (const set of chosenSets(placed.sets, request.set)) {
        host.signals.stop.throwIfAborted()
        count.sets += 1
        count.objects += await searchSet(set, { request, reader, observer: counting })
      }
      return { ...count, isWhole: placed.isWhole }
    } finally {
      await reader.close()
    }
  })
}

function chosenSets(sets: readonly PlacedSet[], wanted: string | undefined): readonly PlacedSet[] {
  if (wanted === undefined) return sets
  const byStep = Map.groupBy(sets, ({ task, step }) => JSON.stringify([task, step.name]))
  const chosen = new Set(
    [...byStep.values()].flatMap((some) => {
      const summary = chooseSet(
        some.map((it) => it.summary),
        wanted,
      )
      return some.filter((it) => it.summary === summary)
    }),
  )
  return sets.filter((set) => chosen.has(set))
}

interface Searching {
  readonly request: SearchRequest
  readonly reader: ContentsReader
  readonly observer: SearchObserver
}

/** Resolves with the number of objects that were searched. */
async function searchSet(set: PlacedSet, { request: { wanted, isGlob }, reader, observer }: Searching): Promise<number> {
  let objects: readonly StoredRecord[]
  try {
    objects = await reader.objectsOf(set)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    observer.onUnsearched({ set, message: messageOf(error) })
    return 0
  }
  const isMeant = nameMatcher(wanted, isGlob)
  for (const object of objects) {
    if (isMeant(object.path)) observer.onHit({ set, object })
    const listing = await reader.list(set, object, entriesLike(wanted, { isGlob, onEntry: (entry) => observer.onHit({ set, object, entry }) }))
    if (isComplete(listing)) continue
    const message = listing.kind === 'unlisted' ? listing.message : listing.incomplete
    observer.onUnsearched({ set, object, message: message ?? '' })
  }
  return objects.length
}
