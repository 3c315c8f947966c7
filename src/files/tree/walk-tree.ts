import { entriesOf, isAbsent } from '../entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../folder.ts'

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
 * skipped.
 */
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
    // Removed or replaced in the meantime.
    if (isAbsent(error)) return
    throw error
  }
  try {
    yield* walkTree(folder, path)
  } finally {
    await closeFolder(folder)
  }
}
