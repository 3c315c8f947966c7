import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../lib/errors.ts'

/** Mode of a file that is being made. */
export const PART_MODE = 0o600

/** Mode of folders that are missing, less the umask. */
export const FOLDER_MODE = 0o750

const FILE_MODE = 0o640

// What file systems answer whose files all have one mode (vfat, CIFS, several FUSE ones).
const REFUSALS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/**
 * Lets the group of a finished file read it, whatever the umask, and nobody else (0640); of a folder (0750), all files in it. On a file system without such modes
 * they stay as they are.
 */
export async function openToGroup(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) {
    await give(path, FILE_MODE)
    return
  }
  for (const name of await readdir(path)) await give(join(path, name), FILE_MODE)
  await give(path, FOLDER_MODE)
}

async function give(path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode)
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
  }
}
