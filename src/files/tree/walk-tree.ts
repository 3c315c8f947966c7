import { entriesOf, isAbsent } from '../entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../folder.ts'

/** One thing found in a tree, reachable as `name` in `folder` as long as the walk stands there. */
export interface FoundEntry {
  /** Relative to where the walk began; bytes. */
  readonly path: Buffer
  readonly folder: Folder
  readonly name: Buffer
  readonly kind: 'file' | 'folder' | 'other'
}

const SLASH = Buffer.from('/')

/** Everything below an open folder, each folder before what it holds; links are `other` and never followed. What vanishes meanwhile is passed over. */
export async function* walkTree(folder: Folder, below: Buffer = Buffer.alloc(0)): AsyncGenerator<FoundEntry> {
  for (const entry of await entriesOf(folder)) {
    const path = below.length === 0 ? entry.name : Buffer.concat([below, SLASH, entry.name])
    const kind = entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other'
    yield { path, folder, name: entry.name, kind }
    if (kind === 'folder') yield* walkInto(folder, entry.name, path)
  }
}

async function* walkInto(parent: Folder, name: Buffer, path: Buffer): AsyncGenerator<FoundEntry> {
  let folder: Folder
  try {
    folder = await openFolderIn(parent, name)
  } catch (error) {
    // Removed, or something else by now.
    if (isAbsent(error)) return
    throw error
  }
  try {
    yield* walkTree(folder, path)
  } finally {
    await closeFolder(folder)
  }
}
