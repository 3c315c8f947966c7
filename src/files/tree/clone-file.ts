import { constants } from 'node:fs'
import { copyFile, type FileHandle } from 'node:fs/promises'
import { type Entry, openFileIn } from '../entries.ts'
import { pathIn } from '../folder.ts'

/**
 * Copies an open file to a new name in a folder that only we can write in, blocks shared where the file system can do that. Rejects with `EEXIST` where anything
 * has the name. The copy is open for reading and writing, and the caller's to close.
 */
export async function cloneFileIn({ fd }: FileHandle, { folder, name }: Entry): Promise<FileHandle> {
  await copyFile(`/proc/self/fd/${fd}`, pathIn(folder, name), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  return openFileIn(folder, name, { flags: constants.O_RDWR })
}
