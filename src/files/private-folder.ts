import { mkdtempSync } from 'node:fs'
import { basename, join } from 'node:path'
import { rmdirIn, rmdirInSync } from './entries.ts'
import { closeFolder, closeFolderSync, FilesError, type Folder, openFolderInSync, openFolderSync } from './folder.ts'
import { isPrivate } from './make-folder.ts'
import { type NotRemoved, removeTreeIn } from './tree/remove-tree.ts'

/** A temporary folder that only this user can access. */
export interface PrivateFolder {
  readonly folder: Folder
  /** By descriptor, with all its contents. Resolves with the entries that could not be removed. */
  remove(): Promise<NotRemoved | undefined>
}

/**
 * Creates a folder with an unpredictable name (`prefix` and six characters) in `base`, opens it, and checks that it is the created folder, private
 * (0700). Throws the system's error if `base` is not writable, `files/not-private` if the folder was replaced in the meantime.
 */
export function makePrivateFolder(base: string, prefix: string): PrivateFolder {
  const above = openFolderOfBase(base)
  let name = ''
  try {
    name = basename(mkdtempSync(join(base, prefix)))
    const folder = openFolderInSync(above, name)
    if (isPrivate(folder.facts) && (folder.facts.mode & 0o077) === 0) return { folder, remove: () => removePrivate(folder, { folder: above, name }) }
    closeFolderSync(folder)
    throw new FilesError('not-private', `"${join(base, name)}" is not the folder that was created`, {
      hint: `Check which users can write to "${base}".`,
    })
  } catch (error) {
    if (name !== '') ignoreErrors(() => rmdirInSync(above, name))
    closeFolderSync(above)
    throw error
  }
}

// The folder above stays open until then, so that an empty one is removed without another descriptor.
async function removePrivate(
  folder: Folder,
  { folder: above, name }: { readonly folder: Folder; readonly name: string },
): Promise<NotRemoved | undefined> {
  await closeFolder(folder)
  try {
    if (await rmdirIn(above, name).catch(() => false)) return undefined
    return await removeTreeIn(above, name)
  } finally {
    await closeFolder(above)
  }
}

function ignoreErrors(work: () => void): void {
  try {
    work()
  } catch {
    // The contents do not matter; the first error is reported.
  }
}

// A base may be a link of the system (/var/run): "/." follows it.
function openFolderOfBase(base: string): Folder {
  return openFolderSync(`${base}/.`)
}
