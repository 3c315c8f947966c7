import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { makeOrOpenFolderIn } from '../../files/make-folder.ts'
import type { Key } from '../storage.ts'

/** The location of a key in a folder: its last part, and the folder that contains it. */
export interface EntryBelow {
  readonly folder: Folder
  readonly name: string
}

/**
 * Opens the folders on the path of a key one by one, without following links, and closes them after `work`. With `makeMode`, missing folders are
 * created. Rejects with the system's errors.
 */
export async function withEntry<T>(
  top: Folder,
  { key, makeMode }: { readonly key: Key; readonly makeMode?: number },
  work: (entry: EntryBelow) => Promise<T>,
): Promise<T> {
  const parts = key.split('/')
  const name = parts.pop() ?? ''
  let folder = top
  try {
    for (const part of parts) {
      const next = makeMode === undefined ? await openFolderIn(folder, part) : await makeOrOpenFolderIn(folder, part, makeMode)
      if (folder !== top) await closeFolder(folder)
      folder = next
    }
    return await work({ folder, name })
  } finally {
    if (folder !== top) await closeFolder(folder)
  }
}
