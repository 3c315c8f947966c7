import type { Dirent } from 'node:fs'
import { systemCode } from '../../lib/errors.ts'
import { setModeOf, setModeOfFolderIn } from '../change-mode.ts'
import { entriesOf, isAbsent, rmdirIn, statIn, unlinkIn } from '../entries.ts'
import { closeFolder, type EntryName, FilesError, type Folder, openFolderIn, shownIn } from '../folder.ts'
import { folderPath } from './folder-path.ts'

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
    const isFolder = found.isDirectory()
    return await removeEntries(folder, [{ name: Buffer.from(name), isDirectory: () => isFolder }])
  } catch (error) {
    return isAbsent(error) ? undefined : { path: shownIn(folder, name), error }
  }
}

/** Removes everything in an open folder, by the same rules; the folder itself is kept. */
export async function emptyFolder(folder: Folder): Promise<NotRemoved | undefined> {
  return await removeEntries(folder, await entriesOf(folder))
}

type Listed = Pick<Dirent<Buffer>, 'name' | 'isDirectory'>

/** Not by recursion: the depth of a tree is limited neither by the stack nor by the number of open files. */
async function removeEntries(top: Folder, listed: readonly Listed[]): Promise<NotRemoved | undefined> {
  const open = folderPath(top)
  const names: Buffer[] = []
  const left: Listed[][] = [listed.toReversed()]
  let failed: NotRemoved | undefined
  const note = (failure: NotRemoved | undefined) => {
    failed ??= failure
  }
  const leave = async () => {
    left.pop()
    await open.leave()
    const emptied = names.pop()
    const above = emptied && (await open.current())
    if (emptied !== undefined && above !== undefined) note(await reported(above, emptied, () => rmdirIn(above, emptied)))
  }
  const enter = async (folder: Folder, name: Buffer) => {
    const inner = await openToEmpty(folder, name)
    if ('error' in inner) note(inner)
    if (!('folder' in inner)) return
    await open.enter(inner.folder, name)
    names.push(name)
    left.push(inner.listed.toReversed())
  }
  try {
    for (let entries = left.at(-1); entries !== undefined; entries = left.at(-1)) {
      const entry = entries.pop()
      const folder = entry && (await open.current())
      // Undefined: it is empty, or was moved away.
      if (entry === undefined || folder === undefined) await leave()
      else if (entry.isDirectory()) await enter(folder, entry.name)
      else note(await reported(folder, entry.name, () => unlinkIn(folder, entry.name)))
    }
    return failed
  } finally {
    await open.close()
  }
}

async function reported(folder: Folder, name: EntryName, remove: () => Promise<unknown>): Promise<NotRemoved | undefined> {
  try {
    await remove()
    return undefined
  } catch (error) {
    return isAbsent(error) ? undefined : { path: shownIn(folder, name), error }
  }
}

/** A folder with its entries; the reason why it must be kept; or nothing, if it vanished. */
type ToEmpty = { readonly folder: Folder; readonly listed: readonly Listed[] } | NotRemoved | { readonly isGone: true }

async function openToEmpty(parent: Folder, name: Buffer): Promise<ToEmpty> {
  let folder: Folder | undefined
  try {
    folder = await openForRemoval(parent, name)
    if (folder.facts.mountId === parent.facts.mountId) return { folder, listed: await entriesOf(folder) }
    const { path } = folder
    const error = mountedOn(folder)
    await closeFolder(folder)
    return { path, error }
  } catch (error) {
    if (folder !== undefined) await closeFolder(folder)
    return isAbsent(error) ? { isGone: true } : { path: shownIn(parent, name), error }
  }
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
