import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { entriesOf, namesIn } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { findTool } from '../../process/start/find-program.ts'

/** The names in a folder, sorted; empty if it is missing or cannot be read. */
export async function namesAt(folder: string): Promise<readonly string[]> {
  const names = await withFolder(openFolder(`${folder}/.`), namesIn).catch(() => [])
  return names.toSorted()
}

/** The subfolders and the regular files in a folder, without links; those with a name that is not UTF-8 are omitted. */
export async function insideOf(folder: string): Promise<{ readonly folders: readonly string[]; readonly files: readonly string[] }> {
  const entries = await withFolder(openFolder(folder), entriesOf).catch(() => [])
  const named = entries.flatMap((it) => {
    const name = it.name.toString('utf8')
    return Buffer.from(name).equals(it.name) ? [{ name, isFolder: it.isDirectory(), isFile: it.isFile() }] : []
  })
  const names = (kind: 'isFolder' | 'isFile') => named.flatMap((it) => (it[kind] ? [it.name] : [])).toSorted()
  return { folders: names('isFolder'), files: names('isFile') }
}

/** Those of the folders that contain anything. A link is not followed: its target is saved in its own location. */
export async function filled(folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of folders) {
    const isFolder = await lstat(folder).then(
      (it) => it.isDirectory(),
      () => false,
    )
    if (isFolder && (await namesAt(folder)).length > 0) found.push(folder)
  }
  return found
}

/** The sockets in a folder, by their names. */
export async function socketsIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = (await namesAt(folder)).filter((name) => pattern.test(name))
  const found = await Promise.all(
    names.map((name) =>
      lstat(join(folder, name)).then(
        (it) => it.isSocket(),
        () => false,
      ),
    ),
  )
  return names.filter((_, index) => found[index])
}

export function hasTool(name: string): boolean {
  try {
    findTool(name)
    return true
  } catch {
    return false
  }
}
