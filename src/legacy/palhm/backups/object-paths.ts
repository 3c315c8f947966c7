import type { Report } from '../../../document/report.ts'
import { quoted } from '../../../lib/quoted.ts'
import { normaliseObjectPath } from '../../../plan/object-path.ts'
import { member, textOf, type Value } from '../values/value.ts'

/**
 * The path of each object, undefined if it was rejected. If files are stored, two objects must not have the same path, nor one inside the other: on a
 * file system, the later one would replace the other, or fail.
 */
export function readPaths(entries: readonly Value[], keepsFiles: boolean, report: Report): readonly (string | undefined)[] {
  const taken = new Map<string, Value>()
  const folders = new Map<string, Value>()
  return entries.map((entry) => {
    const value = member(entry, 'path')
    const text = value && textOf(value, report)
    if (!value || text === undefined) return undefined
    const path = keepsFiles ? checkedPath(text, value, report) : text
    if (path === undefined) return undefined
    const rival = rivalOf(path, { taken, folders, keepsFiles })
    if (rival) return report.error(value, `path ${quoted(text)} ${rival.why} line ${rival.value.at?.line}`, rival.hint)
    taken.set(path, value)
    if (keepsFiles) for (const folder of foldersOf(path)) folders.set(folder, value)
    return path
  })
}

interface Taken {
  readonly taken: ReadonlyMap<string, Value>
  /** The folders that contain paths, each with one of those paths. */
  readonly folders: ReadonlyMap<string, Value>
  readonly keepsFiles: boolean
}

function rivalOf(
  path: string,
  { taken, folders, keepsFiles }: Taken,
): { readonly value: Value; readonly why: string; readonly hint?: string } | undefined {
  const same = taken.get(path)
  if (same) return { value: same, why: 'is already used by the object at' }
  if (!keepsFiles) return undefined
  const hint = 'A path cannot be both a file and a folder.'
  const inside = folders.get(path)
  if (inside) return { value: inside, why: 'is a parent folder of the object at', hint }
  const above = foldersOf(path)
    .map((it) => taken.get(it))
    .find((it) => it !== undefined)
  return above && { value: above, why: 'is inside the object at', hint }
}

function checkedPath(text: string, value: Value, report: Report): string | undefined {
  const path = normaliseObjectPath(text)
  return path.kind === 'path' ? path.path : report.error(value, path.why)
}

/** `a/b/c` is inside `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
