import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'

export interface Comparison {
  /** Number of equal entries. */
  readonly equal: number
  /** Differences, one line each: the path and the difference. */
  readonly different: readonly string[]
  /** Paths whose original was changed, created or removed after `began`, so that a difference proves nothing. */
  readonly changed: readonly string[]
  /** Paths of the original that the caller cannot read. */
  readonly unreadable: readonly string[]
}

/**
 * Compares a restored tree with its original: types, contents, link targets, permissions, and owners when run by root. Times of folders are ignored,
 * and so are sockets, which archives cannot contain. Changes nothing.
 */
export function compareTrees(original: string, restored: string, began: Date): Comparison {
  const found: Record<'equal' | 'unreadable' | 'changed' | 'different', string[]> = { equal: [], unreadable: [], changed: [], different: [] }
  for (const path of pathsIn(original, restored, '.')) {
    const result = compare(join(original, path), join(restored, path))
    if (result === 'equal' || result === 'unreadable') found[result].push(path)
    else if (touchedSince(join(original, path), began)) found.changed.push(path)
    else found.different.push(`${path}: ${result}`)
  }
  return { ...found, equal: found.equal.length }
}

// A folder that is missing on one side is one difference, regardless of its contents.
function* pathsIn(original: string, restored: string, path: string): Generator<string> {
  const [here, back] = [entryAt(join(original, path)), entryAt(join(restored, path))]
  if (here?.isSocket()) return
  yield path
  if (!here?.isDirectory() || !back?.isDirectory() || !readable(join(original, path), here)) return
  for (const name of namesIn(join(original, path), join(restored, path))) yield* pathsIn(original, restored, join(path, name))
}

/** `equal`, `unreadable`, or the difference. */
function compare(from: string, to: string): string {
  const [here, back] = [entryAt(from), entryAt(to)]
  if (here !== undefined && !readable(from, here)) return 'unreadable'
  if (here === undefined) return 'is not in the original'
  if (back === undefined) return 'is missing'
  if ((here.mode & 0o170000) !== (back.mode & 0o170000)) return 'has another file type'
  if (here.isSymbolicLink()) return readlinkSync(from) === readlinkSync(to) ? 'equal' : 'has another target'
  if (here.isFile() && !readFileSync(from).equals(readFileSync(to))) return 'has different contents'
  if (process.geteuid?.() !== 0) return 'equal'
  if (here.mode !== back.mode) return 'has other permissions'
  return here.uid === back.uid && here.gid === back.gid ? 'equal' : 'has another owner'
}

function entryAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function readable(path: string, entry: Stats): boolean {
  try {
    if (entry.isFile()) readFileSync(path)
    if (entry.isDirectory()) readdirSync(path)
    return true
  } catch {
    return false
  }
}

function namesIn(...folders: readonly string[]): string[] {
  return [...new Set(folders.flatMap((folder) => readdirSync(folder)))].sort()
}

// Creating or removing an entry changes the time of the folder.
function touchedSince(path: string, began: Date): boolean {
  return [path, join(path, '..')].some((it) => (entryAt(it)?.ctime ?? new Date(0)) >= began)
}
