import { rmdirIn, statIn } from '../entries.ts'
import { closeFolder, type EntryName, FilesError, type Folder, openFolderIn } from '../folder.ts'
import { emptyFolder, mountedOn, type NotRemoved, removeTreeIn } from './remove-tree.ts'

/** An open folder in which other users may be able to rename entries: then the name of an entry proves nothing about it. */
export interface MaybeShared extends Folder {
  /** Other users, who are not trusted, can write to it, or to a folder above it. */
  readonly isShared: boolean
}

/** Whether an open folder contains something that shows that Holdfast, or a program it started, made it. */
export type Proof = (tree: Folder) => Promise<boolean>

/** For a folder that needs no proof, because its random name was chosen for a test of the storage. */
export const anyFolder: Proof = async () => true

/**
 * Removes a folder that was found by its name, as `removeTreeIn` does. In a shared folder, it is removed only if `proves` recognizes its contents: a
 * user can give such a name to any folder beside it, even to one that only root can enter. Rejects with `files/unproven` then.
 */
export async function removeProvenTreeIn(folder: MaybeShared, name: EntryName, proves: Proof): Promise<NotRemoved | undefined> {
  if (!folder.isShared) return removeTreeIn(folder, name)
  // The contents of the folder that was checked are removed, whatever has its name by then.
  const tree = await openFolderIn(folder, name)
  try {
    if (tree.facts.mountId !== folder.facts.mountId) return { path: tree.path, error: mountedOn(tree) }
    if (!(await proves(tree))) throw unproven(tree, folder)
    const failed = await emptyFolder(tree)
    if (failed !== undefined) return failed
    if (await isStill(tree, { folder, name })) await rmdirIn(folder, name)
    return undefined
  } finally {
    await closeFolder(tree)
  }
}

/** Whether the name refers to the open folder. */
export async function isStill(tree: Folder, { folder, name }: { readonly folder: Folder; readonly name: EntryName }): Promise<boolean> {
  const there = await statIn(folder, name)
  return there?.ino === tree.facts.inode && there.dev === tree.facts.device
}

function unproven(tree: Folder, folder: Folder): FilesError {
  return new FilesError('unproven', `"${tree.path}" was not made by Holdfast, or this cannot be determined`, {
    hint: `Other users can rename folders in "${folder.path}". Remove it manually; or allow only root to write to "${folder.path}" and the folders above it; or trust all users with write access: --trust-root.`,
  })
}
