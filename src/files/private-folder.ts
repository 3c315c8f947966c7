import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { FilesError } from './errors.ts'
import { closeFolder, closeFolderSync, type Folder, openFolder, openFolderInSync, openFolderSync } from './folder.ts'
import { isPrivate } from './make-folder.ts'
import { type NotRemoved, removeTreeIn } from './remove-tree.ts'

/** A temporary folder in which only we can do anything. */
export interface PrivateFolder {
  readonly folder: Folder
  /** By descriptor, everything in it included. Resolves with what could not be removed. */
  remove(): Promise<NotRemoved | undefined>
}

/**
 * Makes a folder with a name that nobody can foresee (`prefix` and six characters) in `base`, opens it, and looks that it is ours, 0700, and the very one.
 * Throws as the system does when `base` is not writable, `files/not-private` when it was exchanged meanwhile.
 */
export function makePrivateFolder(base: string, prefix: string): PrivateFolder {
  const path = mkdtempSync(join(base, prefix))
  const name = path.slice(path.lastIndexOf('/') + 1)
  const above = openFolderOfBase(base)
  try {
    const folder = openFolderInSync(above, name)
    if (!isPrivate(folder.facts) || (folder.facts.mode & 0o077) !== 0) {
      closeFolderSync(folder)
      throw new FilesError('not-private', `"${path}" is not the folder that was made`, { hint: `Look who may write to "${base}".` })
    }
    return { folder, remove: () => removePrivate(folder, { base, name }) }
  } finally {
    closeFolderSync(above)
  }
}

async function removePrivate(folder: Folder, { base, name }: { readonly base: string; readonly name: string }): Promise<NotRemoved | undefined> {
  await closeFolder(folder)
  const above = await openFolder(`${base}/.`)
  try {
    return await removeTreeIn(above, name)
  } finally {
    await closeFolder(above)
  }
}

// A base may be a link of the system (/var/run): "/." follows it.
function openFolderOfBase(base: string): Folder {
  return openFolderSync(`${base}/.`)
}
