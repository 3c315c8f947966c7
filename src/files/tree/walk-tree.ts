import type { Dirent } from 'node:fs'
import { entriesOf, isAbsent } from '../entries.ts'
import { type Folder, openFolderIn } from '../folder.ts'
import { folderPath } from './folder-path.ts'

/** One entry of a tree, accessible as `name` in `folder` during its callback. */
export interface FoundEntry {
  /** Relative to the start of the walk; bytes. */
  readonly path: Buffer
  readonly folder: Folder
  readonly name: Buffer
  readonly kind: 'file' | 'folder' | 'other'
}

const SLASH = Buffer.from('/')

/**
 * Everything below an open folder, each folder before its contents; links are `other` and never followed. Entries that vanish in the meantime are
 * skipped. The depth of the tree is not limited by the number of open files.
 */
export async function* walkTree(top: Folder): AsyncGenerator<FoundEntry> {
  const open = folderPath(top)
  const names: Buffer[] = []
  // The path of the current folder, with a slash.
  let above: Buffer = Buffer.alloc(0)
  const left: Dirent<Buffer>[][] = [(await entriesOf(top)).toReversed()]
  try {
    for (let entries = left.at(-1); entries !== undefined; entries = left.at(-1)) {
      const entry = entries.pop()
      const folder = entry && (await open.current())
      if (entry === undefined || folder === undefined) {
        left.pop()
        above = above.subarray(0, Math.max(0, above.length - (names.pop()?.length ?? 0) - 1))
        await open.leave()
        continue
      }
      const kind = kindOf(entry)
      yield { path: Buffer.concat([above, entry.name]), folder, name: entry.name, kind }
      const inner = kind === 'folder' ? await openPresent(folder, entry.name) : undefined
      if (inner === undefined) continue
      await open.enter(inner, entry.name)
      names.push(entry.name)
      above = Buffer.concat([above, entry.name, SLASH])
      left.push((await entriesOf(inner)).toReversed())
    }
  } finally {
    await open.close()
  }
}

function kindOf(entry: Dirent<Buffer>): FoundEntry['kind'] {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other'
}

/** Undefined: removed or replaced in the meantime. */
async function openPresent(parent: Folder, name: Buffer): Promise<Folder | undefined> {
  try {
    return await openFolderIn(parent, name)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
