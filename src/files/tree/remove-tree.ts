import { systemCode } from '../../lib/errors.ts'
import { setModeOf, setModeOfFolderIn } from '../change-mode.ts'
import { entriesOf, isAbsent, rmdirIn, statIn, unlinkIn } from '../entries.ts'
import { closeFolder, type EntryName, FilesError, type Folder, openFolderIn, shownIn } from '../folder.ts'

/** An entry that could not be removed, with its path for messages. */
export interface NotRemoved {
  readonly path: string
  /** The system's error, or `files/mounted`. */
  readonly error: unknown
}

/**
 * Removes the entry with that name in the folder, with all its contents. Links are removed and never followed, even if a folder is replaced by one in
 * the meantime; mount points of other file systems and bind mounts are kept, with their contents. Continues after entries that cannot be removed, and
 * resolves with the first of them. Entries that vanish in the meantime are not errors.
 */
export async function removeTreeIn(folder: Folder, name: EntryName): Promise<NotRemoved | undefined> {
  try {
    const found = await statIn(folder, name)
    if (found === undefined) return undefined
    if (!found.isDirectory()) return await removeFile(folder, name)
    const failed = await removeBelow(folder, name)
    if (failed !== undefined) return failed
    await rmdirIn(folder, name)
    return undefined
  } catch (error) {
    return isAbsent(error) ? undefined : { path: shownIn(folder, name), error }
  }
}

async function removeFile(folder: Folder, name: EntryName): Promise<NotRemoved | undefined> {
  try {
    await unlinkIn(folder, name)
    return undefined
  } catch (error) {
    return { path: shownIn(folder, name), error }
  }
}

async function removeBelow(parent: Folder, name: EntryName): Promise<NotRemoved | undefined> {
  const folder = await openForRemoval(parent, name)
  try {
    if (folder.facts.mountId !== parent.facts.mountId) return { path: folder.path, error: mountedOn(folder) }
    return await emptyFolder(folder)
  } finally {
    await closeFolder(folder)
  }
}

/** Removes everything in an open folder, by the same rules; the folder itself is kept. */
export async function emptyFolder(folder: Folder): Promise<NotRemoved | undefined> {
  let failed: NotRemoved | undefined
  for (const entry of await entriesOf(folder)) {
    const failure = entry.isDirectory() ? await removeTreeIn(folder, entry.name) : await removeFile(folder, entry.name)
    failed ??= failure
  }
  return failed
}

export function mountedOn({ path }: Folder): FilesError {
  return new FilesError('mounted', `a file system is mounted on "${path}"`, { hint: `Unmount it (umount "${path}"). Nothing on it was removed.` })
}

/** An ordinary user needs all three permissions on a folder to empty it; the program that created it may have removed them. */
async function openForRemoval(parent: Folder, name: EntryName): Promise<Folder> {
  try {
    const folder = await openFolderIn(parent, name)
    // If this fails, the removal reports the cause.
    if ((folder.facts.mode & 0o700) !== 0o700) await setModeOf(folder, folder.facts.mode | 0o700).catch(() => undefined)
    return folder
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    await setModeOfFolderIn(parent, name, 0o700)
    return openFolderIn(parent, name)
  }
}
