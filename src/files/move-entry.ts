import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { chmod, copyFile, type FileHandle } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { type Entry, openFileIn, renameEntry } from './entries.ts'
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
 * Copies an open file to a new name in a private folder, sharing blocks if the file system supports it. Rejects with `EEXIST` if the name exists. The
 * copy is open for reading and writing; the caller closes it.
 */
export async function cloneFileIn({ fd }: FileHandle, { folder, name }: Entry): Promise<FileHandle> {
  await copyFile(`/proc/self/fd/${fd}`, pathIn(folder, name), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  return openFileIn(folder, name, { flags: constants.O_RDWR })
}
