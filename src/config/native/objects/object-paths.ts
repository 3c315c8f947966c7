import type { Report } from '../../../document/report.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { Draft } from './object-order.ts'

/** Reports objects with the same path, and paths inside the path of another object: a name cannot be both a file and a folder. */
export function checkObjectPaths(drafts: readonly Draft[], report: Report): void {
  const taken = new Map<string, Draft>()
  const folders = new Map<string, Draft>()
  for (const draft of drafts)
    for (const { path } of draft.specs) {
      const rival = rivalOf(path, taken, folders)
      if (rival) report.error(draft.at, `path ${quoted(path)} ${rival.why} ${quoted(rival.of.name)}`, rival.hint)
      taken.set(path, taken.get(path) ?? draft)
      for (const folder of foldersOf(path)) folders.set(folder, draft)
    }
}

interface Rival {
  readonly of: Draft
  readonly why: string
  readonly hint: string
}

function rivalOf(path: string, taken: ReadonlyMap<string, Draft>, folders: ReadonlyMap<string, Draft>): Rival | undefined {
  const same = taken.get(path)
  if (same) return { of: same, why: 'is already used by', hint: 'Set another "path" for one of them.' }
  const hint = 'A path cannot be both a file and a folder.'
  const inside = folders.get(path)
  if (inside) return { of: inside, why: 'is a parent folder of', hint }
  const outer = foldersOf(path).flatMap((it) => taken.get(it) ?? [])[0]
  return outer && { of: outer, why: 'is inside', hint }
}

/** `a/b/c` is inside `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
