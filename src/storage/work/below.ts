import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { makeOrOpenFolderIn } from '../../files/make-folder.ts'
import type { Key } from '../storage.ts'

/** Where a key is in a folder: its last part, and the folder that holds it. */
export interface EntryBelow {
  readonly folder: Folder
  readonly name: string
}

/**
 * Opens what is on the way to a key, part by part, no link followed, and closes it after `work`. With `makeMode` the folders are made when missing.
 * Rejects as the system does.
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
