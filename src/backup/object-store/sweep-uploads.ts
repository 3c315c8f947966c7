import type { OperationContext, Storage, UnfinishedUpload } from '../../storage/storage.ts'
import { parseSetName } from '../set/set-name.ts'
import type { Swept } from './sweep-sets.ts'

export interface SetsNow extends Swept {
  /** Names of all listed sets that are not in progress. */
  readonly unmarked: readonly string[]
  readonly isLegacyRoot: boolean
  /** By the clocks of this host and, if it reports times, of the store. An upload is old if it is old by both. */
  readonly now: readonly Date[]
  readonly call: OperationContext
}

// Objects of a complete set may be in transfer to an archive, which is an upload, too.
const ARCHIVING_MS = 24 * 3600_000
// No upload of one object takes that long; uploads of an ancestor to the same storage look like those of Holdfast.
const FOREIGN_MS = 7 * 24 * 3600_000

/** Unfinished uploads of sets; empty if the storage does not support listing them, or denies it. */
export async function findUploads(storage: Storage, call: OperationContext): Promise<readonly UnfinishedUpload[]> {
  try {
    return (await storage.unfinished?.list(call)) ?? []
  } catch (error) {
    if (call.signal.aborted) throw error
    return []
  }
}

/**
 * Aborts uploads that no run continues: those of sets just removed, because all their runs are dead; if only Holdfast makes sets there, those of sets
 * without a marker, because it is stored before the first upload; and old ones. Uploads outside of sets are never touched. A failure does not fail
 * the new set; the next run tries again.
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
  // It may be the first marker of a set, which is not listed yet.
  if (kind === 'marker') return isOlder(FOREIGN_MS)
  if (gone.includes(name)) return true
  if (isLegacyRoot) return isOlder(FOREIGN_MS)
  return !unmarked.includes(name) || isOlder(ARCHIVING_MS)
}
