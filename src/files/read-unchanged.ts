import { fstatSync, type Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { openRegularIn } from './entries.ts'
import { closeFolderSync, type Folder, openFolderInSync, openFolderSync } from './folder.ts'
import { readSmallHandle } from './read-small.ts'

export interface UnchangedSince {
  /** The file has had its contents, owner and mode since then. Milliseconds since 1970. */
  readonly fileMs: number
  /** Nothing in the folders above it has been renamed, created or removed since then. */
  readonly namesMs: number
}

/**
 * Reads a regular file by its path from the root folder, if it and the folders above it have not changed since the given times, by their change times
 * (`st_ctime` in inode(7)), which programs cannot set. Undefined if they have changed, or if it is not a file of this size.
 * Rejects with errors of the system, also if a folder of the path is a link (`ENOTDIR`).
 */
export async function readUnchanged(parts: readonly string[], bytes: number, since: UnchangedSince): Promise<Buffer | undefined> {
  const isUnchanged = ({ size, ctimeMs }: Stats) => size === bytes && ctimeMs < since.fileMs
  // By its path, only to find most unsuitable files with one call.
  if (!isUnchanged(await lstat(`/${parts.join('/')}`))) return undefined
  let folder = openFolderSync('/')
  const folders = [folder]
  try {
    for (const name of parts.slice(0, -1)) {
      folder = openFolderInSync(folder, name)
      folders.push(folder)
    }
    const content = await readFile(folder, parts.at(-1) ?? '', isUnchanged)
    // Afterwards: a change during the reading counts, too.
    return folders.every(({ fd }) => fstatSync(fd).ctimeMs < since.namesMs) ? content : undefined
  } finally {
    folders.forEach(closeFolderSync)
  }
}

async function readFile(folder: Folder, name: string, isUnchanged: (stats: Stats) => boolean): Promise<Buffer | undefined> {
  const file = await openRegularIn(folder, name)
  if (file === undefined) return undefined
  try {
    const before = await file.stat()
    if (!isUnchanged(before)) return undefined
    const content = await readSmallHandle(file, folder.path, { maxBytes: before.size })
    return content.length === before.size && isUnchanged(await file.stat()) ? content : undefined
  } finally {
    await file.close()
  }
}
