import { entriesOf } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { flush, type Note, setMode } from '../flush.ts'
import { naming } from '../system-errors.ts'

export interface TreeModes {
  /** Mode of folders that contain a file, and of the set's own folder, before the umask. */
  readonly folderMode: number
  readonly umask: number
  readonly note: Note
}

/**
 * Sets the mode of every folder below `folder` and flushes it, innermost first. A folder that contains a file gets `folderMode` less the umask, one
 * that contains only folders gets 0777 less the umask. The files are already finished. The caller handles `folder` itself.
 */
export async function chmodTree(folder: Folder, policy: TreeModes): Promise<void> {
  for (const entry of await naming('list', folder.path, () => entriesOf(folder))) {
    if (entry.isDirectory()) await settle(await naming('open', shownIn(folder, entry.name), () => openFolderIn(folder, entry.name)), policy)
  }
}

async function settle(folder: Folder, policy: TreeModes): Promise<void> {
  try {
    await chmodTree(folder, policy)
    const holdsFile = (await naming('list', folder.path, () => entriesOf(folder))).some((entry) => !entry.isDirectory())
    await setFolderMode(folder, holdsFile ? policy.folderMode : 0o777, policy)
    await flush(folder, folder.path, policy.note)
  } finally {
    await closeFolder(folder)
  }
}

/** Sets the mode of an open folder, less the umask. An inherited group (setgid) is kept. */
export async function setFolderMode(folder: Folder, mode: number, { umask, note }: Pick<TreeModes, 'umask' | 'note'>): Promise<void> {
  await setMode(folder, (mode & ~umask) | (folder.facts.mode & 0o2000), { path: folder.path, note })
}
