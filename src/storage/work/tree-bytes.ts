import { statIn } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { walkTree } from '../../files/tree/walk-tree.ts'

/** Sum of the apparent sizes of all regular files below a folder: links skipped, hard links counted each time, folders 0. */
export async function treeBytes(top: Folder): Promise<bigint> {
  let bytes = 0n
  for await (const { kind, folder, name } of walkTree(top)) {
    // Entries removed in the meantime have no size.
    if (kind === 'file') bytes += BigInt((await statIn(folder, name))?.size ?? 0)
  }
  return bytes
}
