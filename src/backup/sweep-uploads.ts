import type { Call, Storage, UnfinishedUpload } from '../storage/storage.ts'
import { parseSetName } from './set-name.ts'

export interface SetsNow {
  /** Names of sets that somebody may still be making. */
  readonly live: readonly string[]
  readonly complete: readonly string[]
  readonly now: Date
  readonly call: Call
}

// Objects of a complete set may be on their way to an archive, which is an upload too.
const ARCHIVING_MS = 24 * 3600_000

/** Unfinished uploads of sets; none where the storage has no such thing, or does not let us look. */
export async function findUploads(storage: Storage, call: Call): Promise<readonly UnfinishedUpload[]> {
  try {
    return (await storage.unfinished?.list(call)) ?? []
  } catch (error) {
    if (call.signal.aborted) throw error
    return []
  }
}

/**
 * Aborts the uploads that nobody goes on with: those of sets that are gone, and old ones of complete sets. Uploads outside of our sets are never touched.
 * A failure here is none of the new set's; it is tried again the next time.
 */
export async function sweepUploads(storage: Storage, uploads: readonly UnfinishedUpload[], sets: SetsNow): Promise<void> {
  for (const upload of uploads.filter((it) => isLeftOver(it, sets))) {
    try {
      await storage.unfinished?.abort(upload, sets.call)
    } catch (error) {
      if (sets.call.signal.aborted) throw error
    }
  }
}

function isLeftOver({ key, begun }: UnfinishedUpload, { live, complete, now }: SetsNow): boolean {
  const name = key.slice(0, Math.max(0, key.indexOf('/')))
  if (parseSetName(name) === undefined || live.includes(name)) return false
  return !complete.includes(name) || now.getTime() - begun.getTime() > ARCHIVING_MS
}
