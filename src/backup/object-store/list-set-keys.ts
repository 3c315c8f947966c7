import { type Key, type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { addMarker, noMarkers, type SetMarkers } from './markers-of-set.ts'

/** The keys of one set. */
export interface SetKeys {
  readonly markers: SetMarkers
  /** The files of the set, with their sizes. */
  readonly files: ReadonlyMap<string, number>
  /** When the newest key was stored; undefined if the store reports no times. */
  readonly newest: Date | undefined
  /** The same for files only, without markers. */
  readonly newestFile: Date | undefined
}

/** More than twice the maximum of a manifest. */
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

/** Throws `storage/broken` if a set has more keys than is possible. */
export function assertNotTooMany(count: number, name: string, { label }: Storage): void {
  if (count > MOST_KEYS_OF_SET) throw tooMany(`the set "${name}" in "${label}" has more than ${MOST_KEYS_OF_SET} objects`)
}

/** The error for a listing that is too long for memory, or endless. */
export function tooMany(message: string): StorageError {
  return new StorageError('broken', message, { hint: 'Check the storage: its listing may be endless.' })
}

/** Collects times; `get` returns the newest, or undefined if any of them is unknown. */
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
 * Whether files were stored after another run began to remove the set: that run may have listed it incomplete, and may continue its removal at any
 * time. The set is therefore removed even if it is complete now; it was never counted, because the `sweep` marker is older. False if the store
 * reports no times.
 */
export function grewUnderSweep({ markers: { sweep }, newestFile }: SetKeys, ownMark?: Key): boolean {
  return newestFile !== undefined && sweep.some(({ key, modified }) => key !== ownMark && modified !== undefined && newestFile > modified)
}
