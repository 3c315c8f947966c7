import type { FileHandle } from 'node:fs/promises'
import { openRegularIn, statIn } from '../files/entries.ts'
import { type EntryName, type Folder, openFolderIn, shownIn, withFolder } from '../files/folder.ts'
import { sha1Of } from './byte-file.ts'
import { sha1Folder } from './dump/dump-folder.ts'
import { ArchiveError } from './errors.ts'

/** An open archive or dump: a file, or a folder of files. Programs read it as `/proc/self/fd/3`, with the extra that `openFor` returns. */
export type OpenedArchive = { readonly kind: 'file'; readonly file: FileHandle } | { readonly kind: 'folder'; readonly folder: Folder }

/** Opens a file or folder for `work` and closes it afterwards. Links are not followed, and other types are not opened. */
export async function withOpenedArchive<T>(above: Folder, name: EntryName, work: (made: OpenedArchive) => Promise<T>): Promise<T> {
  if ((await statIn(above, name))?.isDirectory() === true)
    return await withFolder(openFolderIn(above, name), (folder) => work({ kind: 'folder', folder }))
  const file = await openRegularIn(above, name)
  if (file === undefined) throw new ArchiveError('bad-archive', `"${shownIn(above, name)}" is neither a file nor a folder`)
  try {
    return await work({ kind: 'file', file })
  } finally {
    await file.close()
  }
}

/** The extra that makes it descriptor 3 of a command. */
export function openFor(made: OpenedArchive): { readonly kind: 'open-file'; readonly fd: number } {
  return { kind: 'open-file', fd: made.kind === 'file' ? made.file.fd : made.folder.fd }
}

/** The path by which a command with that extra reads it. */
export const OPENED_PATH = '/proc/self/fd/3'

export async function sha1OfArchive(made: OpenedArchive, signal: AbortSignal): Promise<string> {
  return await (made.kind === 'file' ? sha1Of(made.file, signal) : sha1Folder(made.folder, signal))
}
