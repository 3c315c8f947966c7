import type { ContentEntry } from '../../backup/contents/entry.ts'
import { type EntryConsumer, type Listing, whyIncomplete } from '../../backup/contents/listing.ts'
import type { StoredRecord } from '../../backup/restore/restore-jobs.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { entriesLike, nameMatcher } from './entry-filters.ts'

/** An object, or something inside it. */
export interface FoundEntry {
  readonly object: StoredRecord
  readonly entry?: ContentEntry
}

/** A set that is searched. */
export interface SearchedSet {
  /** Rejects if they are not known. */
  objects(): Promise<readonly StoredRecord[]>
  /** Undefined for an object without an index. */
  list(object: StoredRecord, consumer: EntryConsumer): Promise<Listing | undefined>
  readonly signal: AbortSignal
}

export interface NameSearch {
  /** Part of a path, or with `isGlob` a shell pattern. */
  readonly wanted: string
  readonly isGlob: boolean
}

/** What was not searched, or not all of it. Without an object: the whole set. */
export interface UnsearchedPart {
  readonly message: string
  readonly object?: StoredRecord
  /** The missing key of the object, in words that can follow several names. */
  readonly lacks?: string
}

export interface SearchReceiver {
  onFound(found: FoundEntry): void
  onUnsearched(unsearched: UnsearchedPart): void
}

/**
 * Searches a set for names of objects and of their contents, in the order of the objects. Resolves with the number of objects. Rejects on an abort;
 * other failures are reported to `receiver`.
 */
export async function searchObjects(set: SearchedSet, { wanted, isGlob }: NameSearch, receiver: SearchReceiver): Promise<number> {
  let objects: readonly StoredRecord[]
  try {
    objects = await set.objects()
  } catch (error) {
    if (!(error instanceof AppError) || set.signal.aborted) throw error
    receiver.onUnsearched({ message: messageOf(error) })
    return 0
  }
  const isMeant = nameMatcher(wanted, isGlob)
  for (const object of objects) {
    set.signal.throwIfAborted()
    if (isMeant(object.path)) receiver.onFound({ object })
    const listing = await set.list(object, entriesLike(wanted, { isGlob, onEntry: (entry) => receiver.onFound({ object, entry }) }))
    const message = listing === undefined ? `"${object.path}" has no index` : whyIncomplete(listing)
    if (message === undefined) continue
    const isLocked = listing?.kind === 'unlisted' && listing.why === 'key'
    receiver.onUnsearched({ message, object, ...(isLocked && { lacks: listing.lacks }) })
  }
  return objects.length
}
