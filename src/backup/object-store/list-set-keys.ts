import { type Key, type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { addMarker, noMarkers, type SetMarkers } from './set-markers.ts'

/** What lies in a set. */
export interface SetKeys {
  readonly markers: SetMarkers
  /** The set's files with their sizes. */
  readonly files: ReadonlyMap<string, number>
  /** When the newest key of all was put; undefined where the storage does not tell. */
  readonly newest: Date | undefined
  /** The same of its files alone. */
  readonly newestFile: Date | undefined
}

/** More than twice what a manifest may hold. */
const MOST_KEYS_OF_SET = 250_000

export async function listSetKeys(storage: Storage, name: string, call: OperationContext): Promise<SetKeys> {
  const markers = noMarkers()
  const files = new Map<string, number>()
  const newest = newestOf()
  const newestFile = newestOf()
  let count = 0
  for await (const object of storage.list(`${name}/`, call)) {
    const path = object.key.slice(name.length + 1)
    count += 1
    assertNotTooMany(count, name, storage)
    newest.add(object.modified)
    if (addMarker(markers, path, object)) continue
    files.set(path, object.bytes)
    newestFile.add(object.modified)
  }
  return { markers, files, newest: newest.get(), newestFile: newestFile.get() }
}

/** Throws `storage/broken` where a set has more objects and markers than any may have. */
export function assertNotTooMany(count: number, name: string, { label }: Storage): void {
  if (count > MOST_KEYS_OF_SET) throw tooMany(`the set "${name}" in "${label}" has more than ${MOST_KEYS_OF_SET} objects`)
}

/** The error for a listing of more than is to be kept in memory, which may have no end. */
export function tooMany(message: string): StorageError {
  return new StorageError('broken', message, { hint: 'Check the storage: its listing may be endless.' })
}

/** Of times one by one, the newest; undefined as soon as one is not known. */
export function newestOf() {
  let newest: Date | undefined
  let isKnown = true
  return {
    add(time: Date | undefined) {
      if (time === undefined) isKnown = false
      else if (newest === undefined || time > newest) newest = time
    },
    get: () => (isKnown ? newest : undefined),
  }
}

/**
 * Whether files arrived after another run had begun to remove the set: that run may have seen it incomplete, and may go on with its removal at any time. So it
 * is removed even if it is whole now; it never counted, since the `sweep` was there before. False where the store reports no times.
 */
export function grewUnderSweep({ markers: { sweep }, newestFile }: SetKeys, ownMark?: Key): boolean {
  return newestFile !== undefined && sweep.some(({ key, modified }) => key !== ownMark && modified !== undefined && newestFile > modified)
}
