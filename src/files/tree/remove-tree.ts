import { systemCode } from '../../lib/errors.ts'
import { setModeOf, setModeOfFolderIn } from '../change-mode.ts'
import { entriesOf, isAbsent, rmdirIn, statIn, unlinkIn } from '../entries.ts'
import { FilesError } from '../errors.ts'
import { closeFolder, type EntryName, type Folder, openFolderIn, shownIn } from '../folder.ts'

/** What could not be removed, by its path for messages. */
export interface NotRemoved {
  readonly path: string
  /** As the system threw it, or `files/mounted`. */
  readonly error: unknown
}

/**
 * Removes what has that name in the folder with all that is below it. Links are removed and never followed, even if a folder is replaced by one meanwhile; what
 * another file system or a bind mount is mounted on is left, with what is in it. Goes on past what cannot be removed, so that as much as possible goes, and
 * resolves with the first such thing. What vanishes meanwhile is no failure.
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

/** Removes everything in an open folder, under the same rules; the folder itself stays. */
export async function emptyFolder(folder: Folder): Promise<NotRemoved | undefined> {
  let failed: NotRemoved | undefined
  for (const entry of await entriesOf(folder)) {
    const failure = entry.isDirectory() ? await removeTreeIn(folder, entry.name) : await removeFile(folder, entry.name)
    failed ??= failure
  }
  return failed
}

function mountedOn({ path }: Folder): FilesError {
  return new FilesError('mounted', `a file system is mounted on "${path}"`, { hint: `Unmount it (umount "${path}"). Nothing on it was removed.` })
}

/** An ordinary user needs all three bits of a folder of his own to empty it; the program that made it may have removed them. */
async function openForRemoval(parent: Folder, name: EntryName): Promise<Folder> {
  try {
    const folder = await openFolderIn(parent, name)
    // Where this is refused, the removal itself says what is in the way.
    if ((folder.facts.mode & 0o700) !== 0o700) await setModeOf(folder, folder.facts.mode | 0o700).catch(() => undefined)
    return folder
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    await setModeOfFolderIn(parent, name, 0o700)
    return openFolderIn(parent, name)
  }
}
