import type { OperationContext, Storage } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { METADATA_FOLDER } from '../set/metadata-paths.ts'
import { addFile, type Contents, noContents } from '../set/set-contents.ts'
import { parseSetName } from '../set/set-name.ts'
import { assertNotTooMany, newestOf, tooMany } from './list-set-keys.ts'
import { addMarker, type GrowingMarkers, isBeingRemoved, isInMaking, noMarkers, type SetMarkers } from './set-markers.ts'

/** What the keys of one set say, without reading any object. */
export interface StoredSet {
  readonly name: string
  readonly markers: SetMarkers
  /** Where its manifest may lie: those of the places for it that hold anything. */
  readonly manifestPaths: readonly string[]
  /** Whether checksums and guide both lie in it. */
  readonly hasMetadataFiles: boolean
  /** Sum of what is not in our own folder. */
  readonly bytes: bigint
  readonly contents: Contents
  /** Whether anything lies in it but markers. */
  readonly hasFiles: boolean
  /** When the newest key of all was put; undefined where the storage does not tell. */
  readonly newest: Date | undefined
}

/** All sets whose name has our format, by their names, oldest first. One listing of the storage; keys are counted, not kept. */
export function listStoredSets(storage: Storage, call: OperationContext): Promise<readonly StoredSet[]> {
  return listBelow(storage, '', call)
}

/** The one of that name; undefined where nothing is there. */
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
  return [...sets].map(([name, set]) => grown(name, set)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

// More than anybody has, and no more than fit into the memory.
const MOST_SETS = 250_000

interface Growing {
  readonly markers: GrowingMarkers
  readonly contents: Contents
  readonly newest: ReturnType<typeof newestOf>
  /** Of the files that may be ours. */
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

/** Whether there is anything that is, or is to become, or was a set. */
export function isSet({ markers, hasFiles }: StoredSet): boolean {
  return hasFiles || markers.begin.length > 0 || markers.sweep.length > 0
}

/** Whether no marker says that a set is being made or removed, or that a run claims its name. */
export function isUnmarked({ markers }: StoredSet): boolean {
  return markers.begin.length === 0 && !isBeingRemoved(markers)
}

/** Whether a set cannot be complete, whatever its manifest says. */
export function cannotBeComplete({ markers }: StoredSet): boolean {
  return isInMaking(markers) || isBeingRemoved(markers)
}

/** A tombstone alone: nothing is left of the set, but something of it may still arrive. */
export function isTombstoneOnly(set: StoredSet): boolean {
  return !isSet(set) && set.markers.tombstone.length > 0
}
