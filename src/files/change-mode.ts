import { chmodSync, closeSync, constants, fchmod, openSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type EntryName, type Folder, O_PATH, pathIn } from './folder.ts'

const chmodFd = promisify(fchmod)

/** Sets the mode of an open file or folder exactly. */
export async function setModeOf({ fd }: { readonly fd: number }, mode: number): Promise<void> {
  await chmodFd(fd, mode)
}

/** Sets the mode of a folder in a folder, even if its current mode denies access. A link is not followed. */
export async function setModeOfFolderIn(parent: Folder, name: EntryName, mode: number): Promise<void> {
  const fd = openSync(pathIn(parent, name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    // Through the link in /proc, because fchmod(2) does not accept a descriptor with O_PATH.
    await chmod(`/proc/self/fd/${fd}`, mode)
  } finally {
    closeSync(fd)
  }
}

/** Sets the mode of a file in a folder without opening it, because closing it would release the locks of this process (fcntl(2)). A link is not followed. */
export function setModeOfFileInSync(folder: Folder, name: EntryName, mode: number): void {
  const fd = openSync(pathIn(folder, name), O_PATH | constants.O_NOFOLLOW)
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode)
  } finally {
    closeSync(fd)
  }
}
