import { randomUUID } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { closeFolder, type Folder, pathIn, shownIn } from '../files/folder.ts'
import { walkTree } from '../files/walk-tree.ts'
import { systemCode } from '../lib/errors.ts'
import { makeOwned, removeOpen, STAGING_PREFIX, sweepLeavings } from './restore-leavings.ts'

/** A hidden folder in the destination in which everything is built before anything is put in place; on one file system, so that a rename puts it there. */
export interface Staging {
  readonly folder: Folder
  /** Warnings to print: where dead restores have left the files that they replaced. */
  readonly warnings: readonly string[]
  /** Removes what is left, and closes it. Resolves with words about what could not be removed. */
  remove(): Promise<string | undefined>
}

/** Makes it, closed to everybody else, and removes what dead restores left in the destination. */
export async function openStaging(destination: Folder): Promise<Staging> {
  const warnings = await sweepLeavings(destination)
  const name = `${STAGING_PREFIX}${randomUUID()}`
  const folder = await makeOwned(destination, name)
  return {
    folder,
    warnings,
    async remove() {
      try {
        return await removeOpen(destination, name, folder)
      } finally {
        await closeFolder(folder)
      }
    },
  }
}

/**
 * The first file of an unpacked archive that has a hard link outside of it; undefined when there is none. tar itself refuses to make such links: this is
 * the second pair of eyes.
 */
export async function linkedOutside(unpacked: Folder): Promise<string | undefined> {
  const seen = new Map<bigint, { left: bigint; readonly path: string }>()
  try {
    for await (const { kind, folder, name, path } of walkTree(unpacked)) {
      if (kind === 'folder') continue
      const { ino, nlink } = await lstat(pathIn(folder, name), { bigint: true })
      if (nlink === 1n) continue
      const links = seen.get(ino) ?? { left: nlink, path: shownIn(unpacked, path) }
      links.left -= 1n
      if (links.left === 0n) seen.delete(ino)
      else seen.set(ino, links)
    }
  } catch (error) {
    // A folder that its own mode closes to us, who are not root.
    if (systemCode(error) !== 'EACCES') throw error
    return undefined
  }
  return seen.values().next().value?.path
}
