import { withoutSuffixes } from '../filter/inverse-filters.ts'
import type { ObjectRecord } from '../set/manifest.ts'

/**
 * The path to which each object is restored, below the destination: an archive to a folder of its own, `PATH.d`; anything else to its path without
 * the extensions of the reversed filters. Paths are unique, and no path is inside another one: in case of a conflict, the later object gets a longer
 * name.
 */
export function restoreTargets(objects: readonly Pick<ObjectRecord, 'path' | 'filters' | 'source'>[]): readonly string[] {
  const taken = new Set<string>()
  const folders = new Set<string>()
  const isFree = (path: string) => !taken.has(path) && !folders.has(path) && !parentsOf(path).some((folder) => taken.has(folder))
  return objects.map((object) => {
    const target = firstFree(wantedFor(object), isFree)
    taken.add(target)
    for (const folder of parentsOf(target)) folders.add(folder)
    return target
  })
}

function wantedFor({ path, filters, source }: Pick<ObjectRecord, 'path' | 'filters' | 'source'>): string {
  return source === 'tar' ? `${path}.d` : withoutSuffixes(path, filters)
}

function firstFree(wanted: string, isFree: (path: string) => boolean): string {
  if (isFree(wanted)) return wanted
  for (let number = 2; ; number++) {
    // The second form is a separate path, which avoids conflicts at any level.
    const free = [`${wanted}.${number}`, `restored-${number}/${wanted}`].find(isFree)
    if (free !== undefined) return free
  }
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'))
}
