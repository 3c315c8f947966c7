import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { chmod, copyFile, type FileHandle } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import {
  type Entry,
  linkEntry,
  linkEntrySync,
  openFileIn,
  openRegularIn,
  renameEntry,
  renameEntrySync,
  statIn,
  statInSync,
  unlinkIn,
  unlinkInSync,
} from './entries.ts'
import { O_PATH, pathIn } from './folder.ts'

/**
 * Like `renameEntry`, but also for a folder whose mode denies access to its owner: renaming a folder changes its `..`, for which an ordinary user
 * needs write permission. The mode is restored.
 */
export async function moveEntry(from: Entry, to: Entry): Promise<void> {
  try {
    await renameEntry(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    const fd = openSync(pathIn(from.folder, from.name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const { mode } = fstatSync(fd)
      // Through the link in /proc, because fchmod(2) does not accept a descriptor with O_PATH.
      await chmod(`/proc/self/fd/${fd}`, 0o700)
      await renameEntry(from, to).finally(() => chmod(`/proc/self/fd/${fd}`, mode & 0o7777))
    } finally {
      closeSync(fd)
    }
  }
}

/**
 * Like `moveEntry`, but never replaces: rejects with `EEXIST` if the new name exists, also if it appears in the meantime. Node.js has no
 * RENAME_NOREPLACE: a file gets the new name by link(2), and then loses the old one; rename(2) replaces no file with a folder, and no folder but an
 * empty one. On a file system without hard links, a file that appears at the last moment is replaced.
 */
export async function moveToNewName(from: Entry, to: Entry): Promise<void> {
  const isFolder = (await statIn(from.folder, from.name))?.isDirectory() === true
  if (!isFolder && (await isLinked(from, to))) {
    await unlinkIn(from.folder, from.name)
    return
  }
  if ((await statIn(to.folder, to.name)) !== undefined) throw alreadyExists()
  await moveEntry(from, to).catch((error: unknown) => {
    throw FOREIGN_ENTRY.has(systemCode(error) ?? '') ? alreadyExists() : error
  })
}

/** The same for a file. */
export function moveFileToNewNameSync(from: Entry, to: Entry): void {
  try {
    linkEntrySync(from, to)
  } catch (error) {
    refuseTaken(error)
    if (statInSync(to.folder, to.name) !== undefined) throw alreadyExists()
    renameEntrySync(from, to)
    return
  }
  unlinkInSync(from.folder, from.name)
}

/**
 * Gives a regular file a second name, on a file system without hard links a copy of it, which is on the device when it resolves. Rejects with `EEXIST`
 * if the name exists.
 */
export async function linkOrCopy(from: Entry, to: Entry): Promise<void> {
  if (await isLinked(from, to)) return
  const file = await openRegularIn(from.folder, from.name)
  if (file === undefined) throw Object.assign(new Error('not a regular file'), { code: 'ENOENT' })
  try {
    const copy = await cloneFileIn(file, to)
    await copy.sync().finally(() => copy.close())
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') await unlinkIn(to.folder, to.name).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
}

async function isLinked(from: Entry, to: Entry): Promise<boolean> {
  try {
    await linkEntry(from, to)
    return true
  } catch (error) {
    refuseTaken(error)
    return false
  }
}

// Without hard links, a file system of FUSE may give any error (EIO). EPERM also means that this user may not link the file (proc_sys_fs(5),
// protected_hardlinks). If the device is failing, the rename or copy fails too.
function refuseTaken(error: unknown): void {
  if (systemCode(error) === 'EEXIST') throw error
}

// rename(2): why a folder does not replace an entry.
const FOREIGN_ENTRY: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR'])

function alreadyExists(): Error {
  return Object.assign(new Error('EEXIST: file already exists'), { code: 'EEXIST' })
}

/**
 * Copies an open file to a new name in a private folder, sharing blocks if the file system supports it. Rejects with `EEXIST` if the name exists. The
 * copy is open for reading and writing; the caller closes it.
 */
export async function cloneFileIn({ fd }: FileHandle, { folder, name }: Entry): Promise<FileHandle> {
  await copyFile(`/proc/self/fd/${fd}`, pathIn(folder, name), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  return openFileIn(folder, name, { flags: constants.O_RDWR })
}
