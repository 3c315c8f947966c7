import type { Call, Key, Storage } from '../storage/storage.ts'
import { MANIFEST_PATHS } from './load-manifest.ts'
import { BEGIN_MARKERS, EXPIRING_MARKER } from './markers.ts'
import { OWN_FOLDER } from './own-paths.ts'
import { parseSetName } from './set-name.ts'

/** What the keys of one set say, without reading any object. */
export interface MarkedSet {
  readonly name: string
  /** Keys of the markers of runs that make it, or made it and died. */
  readonly beginMarkers: readonly Key[]
  /** Key of the tombstone. */
  readonly tombstone: Key | undefined
  /** Where its manifest may lie: those of the places for it that hold anything. */
  readonly manifestPaths: readonly string[]
  /** Sum of what is not in our own folder. */
  readonly bytes: bigint
}

/** All sets whose name has our format, by their names, oldest first. One listing of the storage; keys are counted, not kept. */
export async function listMarkedSets(storage: Storage, call: Call): Promise<readonly MarkedSet[]> {
  const sets = new Map<string, { name: string; beginMarkers: Key[]; tombstone: Key | undefined; manifestPaths: string[]; bytes: bigint }>()
  for await (const { key, bytes } of storage.list('', call)) {
    const name = key.slice(0, Math.max(0, key.indexOf('/')))
    if (parseSetName(name) === undefined) continue
    const set = sets.get(name) ?? { name, beginMarkers: [], tombstone: undefined, manifestPaths: [], bytes: 0n }
    sets.set(name, set)
    const path = key.slice(name.length + 1)
    if (path.startsWith(BEGIN_MARKERS)) set.beginMarkers.push(key)
    else if (path === EXPIRING_MARKER) set.tombstone = key
    // In the order of `MANIFEST_PATHS`, whatever the order of the keys.
    else if (MANIFEST_PATHS.includes(path)) set.manifestPaths = MANIFEST_PATHS.filter((it) => it === path || set.manifestPaths.includes(it))
    if (!path.startsWith(`${OWN_FOLDER}/`)) set.bytes += BigInt(bytes)
  }
  return [...sets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether a marker says that this set is in the making or on its way out: then it is not complete, whatever else lies in it. */
export function isMarked({ beginMarkers, tombstone }: MarkedSet): boolean {
  return beginMarkers.length > 0 || tombstone !== undefined
}

/**
 * Removes all keys of a set that is marked already: the manifest first, the markers last, so that it is never complete while something is missing,
 * and stays marked as long as anything of it is there.
 */
export async function removeMarked(storage: Storage, name: string, call: Call): Promise<void> {
  const keys: Key[] = []
  for await (const { key } of storage.list(`${name}/`, call)) keys.push(key)
  await removeKeys(storage, { name, keys }, call)
}

/** As `removeMarked`, but nothing that has come since the set was looked into. */
export async function removeKeys(
  storage: Storage,
  { name, keys }: { readonly name: string; readonly keys: readonly Key[] },
  call: Call,
): Promise<void> {
  const markers: Key[] = []
  const manifests: Key[] = []
  const others: Key[] = []
  for (const key of keys) {
    const path = key.slice(name.length + 1)
    const isMarker = path.startsWith(BEGIN_MARKERS) || path === EXPIRING_MARKER
    if (isMarker) markers.push(key)
    else if (MANIFEST_PATHS.includes(path)) manifests.push(key)
    else others.push(key)
  }
  for (const key of manifests) await storage.remove(key, call)
  if (storage.removeMany) await storage.removeMany(others, call)
  else for (const key of others) await storage.remove(key, call)
  for (const key of markers) await storage.remove(key, call)
}
