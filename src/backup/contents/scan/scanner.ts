import type { ContentEntry } from '../entry.ts'

/** Finds the entries in the decoded stream of an object. Memory is bounded, whatever the stream contains. */
export interface Scanner {
  see(chunk: Buffer): void
  /** At the end of the stream: why entries may be missing, as the rest of a sentence that begins with the name; undefined if none are. */
  end(): string | undefined
}

export type OnEntry = (entry: ContentEntry) => void
