import { quoted, type Report } from '../../legacy/palhm/report.ts'
import type { Draft } from './object-order.ts'

/** Tells objects that have the same path, and those that lie inside another one's: one name cannot be a file and a folder. */
export function checkObjectPaths(drafts: readonly Draft[], report: Report): void {
  const taken = new Map<string, Draft>()
  const folders = new Map<string, Draft>()
  for (const draft of drafts)
    for (const { path } of draft.specs) {
      const above = foldersOf(path)
      const same = taken.get(path)
      const inside = folders.get(path)
      const outer = above.map((it) => taken.get(it)).find((it) => it !== undefined)
      const hint = 'One name cannot be a file and a folder.'
      if (same) report.error(draft.at, `path ${quoted(path)} is already that of ${quoted(same.name)}`, 'Give one of them another "path".')
      else if (inside) report.error(draft.at, `path ${quoted(path)} is a folder of ${quoted(inside.name)}`, hint)
      else if (outer) report.error(draft.at, `path ${quoted(path)} lies inside ${quoted(outer.name)}`, hint)
      taken.set(path, same ?? draft)
      for (const folder of above) folders.set(folder, draft)
    }
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
