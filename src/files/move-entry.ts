import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { chmod, copyFile, type FileHandle } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { type Entry, openFileIn, renameEntry } from './entries.ts'
import { O_PATH, pathIn } from './folder.ts'

/**
 * As `renameEntry`, also for a folder that its own mode closes to its owner: renaming a folder changes its `..`, so that an ordinary user needs write permission
 * on it. The mode is put back.
 */
export async function moveEntry(from: Entry, to: Entry): Promise<void> {
  try {
    await renameEntry(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    const fd = openSync(pathIn(from.folder, from.name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const { mode } = fstatSync(fd)
      // By the link of /proc, as fchmod(2) refuses a descriptor of O_PATH.
      await chmod(`/proc/self/fd/${fd}`, 0o700)
      await renameEntry(from, to).finally(() => chmod(`/proc/self/fd/${fd}`, mode & 0o7777))
    } finally {
      closeSync(fd)
    }
  }
}

/**
 * Copies an open file to a new name in a folder that only we can write in, blocks shared where the file system can do that. Rejects with `EEXIST` where anything
 * has the name. The copy is open for reading and writing, and the caller's to close.
 */
export async function cloneFileIn({ fd }: FileHandle, { folder, name }: Entry): Promise<FileHandle> {
  await copyFile(`/proc/self/fd/${fd}`, pathIn(folder, name), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  return openFileIn(folder, name, { flags: constants.O_RDWR })
}
