import { type Key, type OperationContext, type Storage, StorageError, type StoredObject } from '../../storage/storage.ts'
import { BEGIN_MARKERS, EXPIRING_MARKER, LEASES, SIGHTINGS, SWEEP_MARKERS } from './markers.ts'

/** One of our marks in a set. */
export interface Mark {
  readonly key: Key
  /** Of whom it is, as it stands in the key; empty for a tombstone. */
  readonly run: string
  /** When it was put, by the store's clock. */
  readonly modified?: Date
}

export type MarkKind = 'begin' | 'lease' | 'sweep' | 'sighting' | 'tombstone'

/** The marks of one set, by kind. */
export type Marks = Readonly<Record<MarkKind, readonly Mark[]>>

/** What lies in a set. */
export interface Look {
  readonly marks: Marks
  /** The set's files with their sizes. */
  readonly files: ReadonlyMap<string, number>
  /** When the newest key of all was put; undefined where the storage does not tell. */
  readonly newest: Date | undefined
  /** The same of its files alone. */
  readonly newestFile: Date | undefined
}

const FOLDERS: readonly (readonly [MarkKind, string])[] = [
  ['begin', BEGIN_MARKERS],
  ['lease', LEASES],
  ['sweep', SWEEP_MARKERS],
  ['sighting', SIGHTINGS],
]

/** What kind of mark lies under a path of a set, and of whom it is; undefined for a file of the set. */
export function markAt(path: string): { readonly kind: MarkKind; readonly run: string } | undefined {
  if (path === EXPIRING_MARKER) return { kind: 'tombstone', run: '' }
  const found = FOLDERS.find(([, folder]) => path.startsWith(folder))
  return found && { kind: found[0], run: path.slice(found[1].length) }
}

export type GrowingMarks = Readonly<Record<MarkKind, Mark[]>>

export function noMarks(): GrowingMarks {
  return { begin: [], lease: [], sweep: [], sighting: [], tombstone: [] }
}

/** Notes a key where it is a mark; false where it is a file of the set. */
export function addMark(marks: GrowingMarks, path: string, { key, modified }: StoredObject): boolean {
  const at = markAt(path)
  if (at === undefined) return false
  marks[at.kind].push({ key, run: at.run, ...(modified && { modified }) })
  return true
}

/** More than twice what a manifest may hold. */
const MOST_KEYS_OF_SET = 250_000

export async function lookInto(storage: Storage, name: string, call: OperationContext): Promise<Look> {
  const marks = noMarks()
  const files = new Map<string, number>()
  const newest = newestOf()
  const newestFile = newestOf()
  let count = 0
  for await (const object of storage.list(`${name}/`, call)) {
    const path = object.key.slice(name.length + 1)
    count += 1
    assertNotTooMany(count, name, storage)
    newest.add(object.modified)
    if (addMark(marks, path, object)) continue
    files.set(path, object.bytes)
    newestFile.add(object.modified)
  }
  return { marks, files, newest: newest.get(), newestFile: newestFile.get() }
}

/** Throws `storage/broken` where a set has more objects and marks than any may have. */
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
 * Whether a run says that the set is in the making: by its begin marker with its lease beside. Either alone says nothing of a set that is whole: a begin
 * marker may be that of somebody who wanted the name, or arrive late; so may a lease.
 */
export function isInMaking({ begin, lease }: Pick<Marks, 'begin' | 'lease'>): boolean {
  return begin.some(({ run }) => lease.some((it) => it.run === run))
}

/** Whether somebody removes it, or decided to: then it does not count, whatever is in it. */
export function isBeingRemoved({ sweep, tombstone }: Pick<Marks, 'sweep' | 'tombstone'>): boolean {
  return sweep.length > 0 || tombstone.length > 0
}

/**
 * Whether it is to be removed even if it is whole: a rotation has decided so, or the run that made it has begun to take it back before it appeared, and may go
 * on with that at any time.
 */
export function isDecided({ begin, sweep, tombstone }: Pick<Marks, 'begin' | 'sweep' | 'tombstone'>): boolean {
  return tombstone.length > 0 || begin.some(({ run }) => sweep.some((it) => it.run === run))
}

/**
 * Whether files arrived after another run had begun to remove the set: that run may have seen it incomplete, and may go on with its removal at any time. So it
 * is removed even if it is whole now; it never counted, since the `sweep` was there before. False where the store reports no times.
 */
export function grewUnderSweep({ marks: { sweep }, newestFile }: Look, ownMark?: Key): boolean {
  return newestFile !== undefined && sweep.some(({ key, modified }) => key !== ownMark && modified !== undefined && newestFile > modified)
}

/** The keys of all marks. */
export function keysOfMarks(marks: Marks): readonly Key[] {
  return Object.values(marks).flatMap((some) => some.map(({ key }) => key))
}
