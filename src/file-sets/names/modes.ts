import type { FileHandle } from 'node:fs/promises'
import { setModeOf } from '../../files/change-mode.ts'
import { namesIn, openRegularIn } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'

/** Mode of folders that are missing, less the umask. */
export const FOLDER_MODE = 0o750

const FILE_MODE = 0o640

// What file systems answer whose files all have one mode (vfat, CIFS, several FUSE ones).
const REFUSALS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Where something finished will be. */
export interface Whereabouts {
  /** The folder's owner, who is not to be trusted, chose the group and the ACL: they get no rights, as the bits of the group limit those of an ACL too. */
  readonly isForeign: boolean
}

/** Without the rights of the group, where that is somebody else's choice. */
export function modeIn({ isForeign }: Whereabouts, mode: number): number {
  return isForeign ? mode & ~0o070 : mode
}

/** Lets the group of a finished file read it, whatever the umask, and nobody else (0640). On a file system without such modes it stays as it is. */
export async function openToGroup(file: FileHandle, where: Whereabouts): Promise<void> {
  await give(file, modeIn(where, FILE_MODE))
}

/** The same of a folder (0750) and of all files in it. */
export async function openFolderToGroup(folder: Folder, where: Whereabouts): Promise<void> {
  for (const name of await namesIn(folder)) {
    const file = await openRegularIn(folder, name)
    if (file === undefined) continue
    try {
      // With a second name it may be a file of somebody else.
      if ((await file.stat()).nlink === 1) await give(file, modeIn(where, FILE_MODE))
    } finally {
      await file.close()
    }
  }
  await give(folder, modeIn(where, FOLDER_MODE))
}

async function give(place: { readonly fd: number }, mode: number): Promise<void> {
  try {
    await setModeOf(place, mode)
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
  }
}
