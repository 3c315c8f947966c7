import type { OperationContext, Storage, UnfinishedUpload } from '../../storage/storage.ts'
import { parseSetName } from '../set/set-name.ts'
import type { Swept } from './sweep-sets.ts'

export interface SetsNow extends Swept {
  /** Names of all sets in the listing that are not in the making. */
  readonly unmarked: readonly string[]
  readonly isLegacyRoot: boolean
  /** By our clock, and by the store's where it tells. An upload is old when both say so. */
  readonly now: readonly Date[]
  readonly call: OperationContext
}

// Objects of a complete set may be on their way to an archive, which is an upload too.
const ARCHIVING_MS = 24 * 3600_000
// Nobody uploads one object for so long; where an ancestor works too, its uploads listed like ours.
const FOREIGN_MS = 7 * 24 * 3600_000

/** Unfinished uploads of sets; none where the storage has no such thing, or does not let us listed. */
export async function findUploads(storage: Storage, call: OperationContext): Promise<readonly UnfinishedUpload[]> {
  try {
    return (await storage.unfinished?.list(call)) ?? []
  } catch (error) {
    if (call.signal.aborted) throw error
    return []
  }
}

/**
 * Aborts the uploads that nobody goes on with: those of sets that were removed just now, as all who made them are dead; where nobody but us makes sets, those
 * of sets that nobody has a marker in, which is put before the first object's upload; and old ones. Uploads outside of our sets are never touched. A failure here is
 * none of the new set's; it is tried again the next time.
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

function isLeftOver({ key, begun, kind }: UnfinishedUpload, { live, gone, unmarked, isLegacyRoot, now }: SetsNow): boolean {
  const name = key.slice(0, Math.max(0, key.indexOf('/')))
  if (parseSetName(name) === undefined || live.includes(name)) return false
  const isOlder = (ageMs: number) => now.every((time) => time.getTime() - begun.getTime() > ageMs)
  // It may be the first of a set, which nobody sees before it is there.
  if (kind === 'marker') return isOlder(FOREIGN_MS)
  if (gone.includes(name)) return true
  if (isLegacyRoot) return isOlder(FOREIGN_MS)
  return !unmarked.includes(name) || isOlder(ARCHIVING_MS)
}
