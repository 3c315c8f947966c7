import { entriesOf } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { flush, type Note, setMode } from '../flush.ts'
import { naming } from '../system-errors.ts'

export interface SettlePolicy {
  /** Mode of folders that hold a file themselves, and of the set's own folder, before the umask. */
  readonly folderMode: number
  readonly umask: number
  readonly note: Note
}

/**
 * Gives every folder below `folder` its mode and flushes it, innermost first. A folder that holds a file gets `folderMode` less the umask, one that
 * holds only folders gets 0777 less the umask. The files themselves are final already. `folder` itself is left to the caller.
 */
export async function settleBelow(folder: Folder, policy: SettlePolicy): Promise<void> {
  for (const entry of await naming('list', folder.path, () => entriesOf(folder))) {
    if (entry.isDirectory()) await settle(await naming('open', shownIn(folder, entry.name), () => openFolderIn(folder, entry.name)), policy)
  }
}

async function settle(folder: Folder, policy: SettlePolicy): Promise<void> {
  try {
    await settleBelow(folder, policy)
    const holdsFile = (await naming('list', folder.path, () => entriesOf(folder))).some((entry) => !entry.isDirectory())
    await setFolderMode(folder, holdsFile ? policy.folderMode : 0o777, policy)
    await flush(folder, folder.path, policy.note)
  } finally {
    await closeFolder(folder)
  }
}

/** Sets an open folder's mode less the umask. A group handed down by the folder above (setgid) stays so. */
export async function setFolderMode(folder: Folder, mode: number, { umask, note }: Pick<SettlePolicy, 'umask' | 'note'>): Promise<void> {
  await setMode(folder, (mode & ~umask) | (folder.facts.mode & 0o2000), { path: folder.path, note })
}
