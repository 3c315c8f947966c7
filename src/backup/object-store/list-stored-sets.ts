import type { OperationContext, Storage } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { METADATA_FOLDER } from '../set/metadata-paths.ts'
import { addFile, type Contents, noContents } from '../set/set-contents.ts'
import { bySetName, parseSetName } from '../set/set-name.ts'
import { assertNotTooMany, newestOf, tooMany } from './list-set-keys.ts'
import { addMarker, type GrowingMarkers, isBeingRemoved, isInProgress, noMarkers, type SetMarkers } from './markers-of-set.ts'

/** The facts about one set that are known from its keys, without reading objects. */
export interface StoredSet {
  readonly name: string
  readonly markers: SetMarkers
  /** The existing keys among those where a manifest is expected. */
  readonly manifestPaths: readonly string[]
  /** Whether it contains checksums and restore guide. */
  readonly hasMetadataFiles: boolean
  /** The size of all files outside of the reserved folder. */
  readonly bytes: bigint
  readonly contents: Contents
  /** Whether it contains files, not only markers. */
  readonly hasFiles: boolean
  /** When the newest key was stored; undefined if the store reports no times. */
  readonly newest: Date | undefined
}

/** All sets with a valid name, oldest first, from one listing of the storage. Keys are counted, not kept in memory. */
export function listStoredSets(storage: Storage, call: OperationContext): Promise<readonly StoredSet[]> {
  return listBelow(storage, '', call)
}

/** The set with this name; undefined if it has no keys. */
export async function findStoredSet(storage: Storage, name: string, call: OperationContext): Promise<StoredSet | undefined> {
  return (await listBelow(storage, `${name}/`, call))[0]
}

async function listBelow(storage: Storage, prefix: string, call: OperationContext): Promise<readonly StoredSet[]> {
  const sets = new Map<string, Growing>()
  for await (const object of storage.list(prefix, call)) {
    const name = object.key.slice(0, Math.max(0, object.key.indexOf('/')))
    if (parseSetName(name) === undefined) continue
    const set = sets.get(name) ?? growing()
    sets.set(name, set)
    if (sets.size > MOST_SETS) throw tooMany(`"${storage.label}" has more than ${MOST_SETS} sets`)
    set.keys += 1
    assertNotTooMany(set.keys, name, storage)
    const path = object.key.slice(name.length + 1)
    set.newest.add(object.modified)
    if (!addMarker(set.markers, path, object)) addToFiles(set, path, object.bytes)
  }
  return [...sets].map(([name, set]) => grown(name, set)).toSorted(bySetName)
}

// More than there can reasonably be, and few enough for memory.
const MOST_SETS = 250_000

interface Growing {
  readonly markers: GrowingMarkers
  readonly contents: Contents
  readonly newest: ReturnType<typeof newestOf>
  /** Paths that may be metadata files. */
  readonly own: Set<string>
  keys: number
  bytes: bigint
  hasFiles: boolean
}

function growing(): Growing {
  return { markers: noMarkers(), contents: noContents(), newest: newestOf(), own: new Set(), keys: 0, bytes: 0n, hasFiles: false }
}

const METADATA_NAMES: ReadonlySet<string> = new Set([
  ...MANIFEST_PATHS,
  ...['SHA256SUMS', 'RESTORE.md'].flatMap((name) => [name, `${METADATA_FOLDER}/${name}`]),
])

function addToFiles(set: Growing, path: string, bytes: number): void {
  set.hasFiles = true
  addFile(set.contents, path, bytes)
  if (METADATA_NAMES.has(path)) set.own.add(path)
  if (!path.startsWith(`${METADATA_FOLDER}/`)) set.bytes += BigInt(bytes)
}

function grown(name: string, { markers, contents, newest, own, bytes, hasFiles }: Growing): StoredSet {
  const has = (file: string) => own.has(file) || own.has(`${METADATA_FOLDER}/${file}`)
  const manifestPaths = MANIFEST_PATHS.filter((path) => own.has(path))
  return { name, markers, contents, manifestPaths, hasMetadataFiles: has('SHA256SUMS') && has('RESTORE.md'), bytes, hasFiles, newest: newest.get() }
}

/** Whether there is a set, in any state; false for leases and tombstones alone. */
export function isSet({ markers, hasFiles }: StoredSet): boolean {
  return hasFiles || markers.begin.length > 0 || markers.sweep.length > 0
}

/** Whether no marker indicates that the set is being made or removed, or that its name is claimed. */
export function isUnmarked({ markers }: StoredSet): boolean {
  return markers.begin.length === 0 && !isBeingRemoved(markers)
}

/** Whether a set cannot be complete, regardless of its manifest. */
export function cannotBeComplete({ markers }: StoredSet): boolean {
  return isInProgress(markers) || isBeingRemoved(markers)
}

/** Whether only a tombstone is left: the set was removed, but requests to store something in it may still arrive. */
export function isTombstoneOnly(set: StoredSet): boolean {
  return !isSet(set) && set.markers.tombstone.length > 0
}
