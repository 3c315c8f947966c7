import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { MANIFEST_PATHS } from '../set/load-manifest.ts'
import { OWN_FOLDER } from '../set/metadata-paths.ts'
import { addFile, type Contents, noContents } from '../set/set-contents.ts'
import { parseSetName } from '../set/set-name.ts'
import {
  addMark,
  assertNotTooMany,
  type GrowingMarks,
  isBeingRemoved,
  isInMaking,
  type Marks,
  markAt,
  newestOf,
  noMarks,
  tooMany,
} from './set-markers.ts'

/** What the keys of one set say, without reading any object. */
export interface MarkedSet {
  readonly name: string
  readonly marks: Marks
  /** Where its manifest may lie: those of the places for it that hold anything. */
  readonly manifestPaths: readonly string[]
  /** Whether checksums and guide both lie in it. */
  readonly hasOwnFiles: boolean
  /** Sum of what is not in our own folder. */
  readonly bytes: bigint
  readonly contents: Contents
  /** Whether anything lies in it but marks. */
  readonly hasFiles: boolean
  /** When the newest key of all was put; undefined where the storage does not tell. */
  readonly newest: Date | undefined
}

/** All sets whose name has our format, by their names, oldest first. One listing of the storage; keys are counted, not kept. */
export function listMarkedSets(storage: Storage, call: OperationContext): Promise<readonly MarkedSet[]> {
  return listBelow(storage, '', call)
}

/** The one of that name; undefined where nothing is there. */
export async function findMarkedSet(storage: Storage, name: string, call: OperationContext): Promise<MarkedSet | undefined> {
  return (await listBelow(storage, `${name}/`, call))[0]
}

async function listBelow(storage: Storage, prefix: string, call: OperationContext): Promise<readonly MarkedSet[]> {
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
    if (!addMark(set.marks, path, object)) addToFiles(set, path, object.bytes)
  }
  return [...sets].map(([name, set]) => grown(name, set)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

// More than anybody has, and no more than fit into the memory.
const MOST_SETS = 250_000

interface Growing {
  readonly marks: GrowingMarks
  readonly contents: Contents
  readonly newest: ReturnType<typeof newestOf>
  /** Of the files that may be ours. */
  readonly own: Set<string>
  keys: number
  bytes: bigint
  hasFiles: boolean
}

function growing(): Growing {
  return { marks: noMarks(), contents: noContents(), newest: newestOf(), own: new Set(), keys: 0, bytes: 0n, hasFiles: false }
}

const OWN_NAMES: ReadonlySet<string> = new Set([
  ...MANIFEST_PATHS,
  ...['SHA256SUMS', 'RESTORE.md'].flatMap((name) => [name, `${OWN_FOLDER}/${name}`]),
])

function addToFiles(set: Growing, path: string, bytes: number): void {
  set.hasFiles = true
  addFile(set.contents, path, bytes)
  if (OWN_NAMES.has(path)) set.own.add(path)
  if (!path.startsWith(`${OWN_FOLDER}/`)) set.bytes += BigInt(bytes)
}

function grown(name: string, { marks, contents, newest, own, bytes, hasFiles }: Growing): MarkedSet {
  const has = (file: string) => own.has(file) || own.has(`${OWN_FOLDER}/${file}`)
  const manifestPaths = MANIFEST_PATHS.filter((path) => own.has(path))
  return { name, marks, contents, manifestPaths, hasOwnFiles: has('SHA256SUMS') && has('RESTORE.md'), bytes, hasFiles, newest: newest.get() }
}

/** Whether there is anything that is, or is to become, or was a set. */
export function isSet({ marks, hasFiles }: MarkedSet): boolean {
  return hasFiles || marks.begin.length > 0 || marks.sweep.length > 0
}

/** Whether no mark says that a set is being made or removed, or that a run claims its name. */
export function isUnmarked({ marks }: MarkedSet): boolean {
  return marks.begin.length === 0 && !isBeingRemoved(marks)
}

/** Whether a set cannot be complete, whatever its manifest says. */
export function cannotBeComplete({ marks }: MarkedSet): boolean {
  return isInMaking(marks) || isBeingRemoved(marks)
}

/** A tombstone alone: nothing is left of the set, but something of it may still arrive. */
export function isGrave(set: MarkedSet): boolean {
  return !isSet(set) && set.marks.tombstone.length > 0
}

/**
 * Removes keys of a set that is marked already: the manifest first, the marks last, so that it is never complete while something is missing, and stays
 * marked as long as anything of it is there. `last` goes after all others. `mayGoOn` throws when it may not any more.
 */
export async function removeKeys(
  storage: Storage,
  {
    name,
    keys,
    last,
    mayGoOn = () => undefined,
  }: { readonly name: string; readonly keys: readonly Key[]; readonly last?: Key; readonly mayGoOn?: () => void },
  call: OperationContext,
): Promise<void> {
  const pathOf = (key: Key) => key.slice(name.length + 1)
  const marks = keys.filter((key) => markAt(pathOf(key)) !== undefined && key !== last)
  const manifests = keys.filter((key) => MANIFEST_PATHS.includes(pathOf(key)))
  const taken = new Set([...marks, ...manifests, last])
  const others = keys.filter((key) => !taken.has(key))
  for (const key of manifests) {
    mayGoOn()
    await storage.remove(key, call)
  }
  for (let begin = 0; begin < others.length; begin += AT_ONCE) {
    mayGoOn()
    const some = others.slice(begin, begin + AT_ONCE)
    if (storage.removeMany) await storage.removeMany(some, call)
    else
      for (const key of some) {
        mayGoOn()
        await storage.remove(key, call)
      }
  }
  for (const key of [...marks, ...(last === undefined ? [] : [last])]) {
    mayGoOn()
    await storage.remove(key, call)
  }
}

const AT_ONCE = 1000
