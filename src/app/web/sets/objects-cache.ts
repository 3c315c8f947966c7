import type { StoredRecord } from '../../../backup/restore/restore-jobs.ts'

/** The objects of the sets that were read last. */
export interface ObjectsCache {
  get(set: string): readonly StoredRecord[] | undefined
  /** Replaces those of this set; removes the oldest sets if there are too many objects. */
  keep(set: string, objects: readonly StoredRecord[]): void
}

/** `limit`: the number of objects of all sets, plus one for each set. */
export function openObjectsCache(limit: number): ObjectsCache {
  const kept = new Map<string, readonly StoredRecord[]>()
  let size = 0
  const forget = (set: string) => {
    const objects = kept.get(set)
    if (objects !== undefined) size -= objects.length + 1
    kept.delete(set)
  }
  return {
    get: (set) => kept.get(set),
    keep(set, objects) {
      // Concurrent requests may have read the same set.
      forget(set)
      kept.set(set, objects)
      size += objects.length + 1
      for (const oldest of kept.keys()) {
        if (size <= limit) break
        forget(oldest)
      }
    },
  }
}
