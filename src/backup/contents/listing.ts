import type { ContentEntry, ContentFormat } from './entry.ts'

/** Receives the entries of an object. */
export interface EntryConsumer {
  /** A quick test of a line of an index before it is parsed. Absent: each is parsed. */
  mayMatch?(line: string): boolean
  /** Receives all entries, or those that `mayMatch`. */
  take(entry: ContentEntry): void
}

/** Contents as far as they could be listed. */
export interface Listed {
  readonly kind: 'listed'
  readonly source: 'index' | 'object'
  readonly format: ContentFormat
  readonly entries: number
  /** Why entries may be missing, as a sentence. */
  readonly incomplete?: string
  /** Its index cannot be used: the object has to be read. */
  readonly isDamaged?: true
  /** Why its index was not stored, or only on this host. */
  readonly notStored?: unknown
}

/** The result of listing the contents of an object. */
export type Listing =
  | Listed
  /** `absent`: it has no index, and was not read. `unreadable`: not on this storage, perhaps on another one. */
  | { readonly kind: 'unlisted'; readonly why: 'absent' | 'unknown-filter' | 'unreadable'; readonly message: string }
  /** `lacks`: the missing key, without the path. */
  | { readonly kind: 'unlisted'; readonly why: 'key'; readonly message: string; readonly lacks: string }

/** Why entries may be missing from a listing, or all of them; undefined if it is complete. */
export function whyIncomplete(listing: Listing): string | undefined {
  return listing.kind === 'unlisted' ? listing.message : listing.incomplete
}
