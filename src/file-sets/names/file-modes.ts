import type { FileHandle } from 'node:fs/promises'
import { setModeOf } from '../../files/change-mode.ts'
import { namesIn, openRegularIn } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'

/** Mode of new folders, less the umask. */
export const FOLDER_MODE = 0o750

const FILE_MODE = 0o640

// Errors of file systems on which all files have the same mode (vfat, CIFS, some FUSE ones).
const REFUSALS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** The location of a finished file. */
export interface FinishedPlace {
  /** The owner of the folder is not trusted, and determined the group and the ACL: they get no permissions; the group bits also limit those of an ACL. */
  readonly isForeign: boolean
}

/** Without group permissions, if another user determines the group. */
export function modeIn({ isForeign }: FinishedPlace, mode: number): number {
  return isForeign ? mode & ~0o070 : mode
}

/** Lets the group of a finished file read it, regardless of the umask, and no other users (0640). Has no effect on a file system without such modes. */
export async function openToGroup(file: FileHandle, where: FinishedPlace): Promise<void> {
  await give(file, modeIn(where, FILE_MODE))
}

/** The same for a folder (0750) and all files in it. */
export async function openFolderToGroup(folder: Folder, where: FinishedPlace): Promise<void> {
  for (const name of await namesIn(folder)) {
    const file = await openRegularIn(folder, name)
    if (file === undefined) continue
    try {
      // With several hard links, it may be a file of another user.
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
