import { randomUUID } from 'node:crypto'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { makeOwned, removeOpen, STAGING_PREFIX, sweepLeavings } from './restore-leavings.ts'

/** A hidden folder in the destination in which everything is built before it is put in place; on the same file system, so that a rename is sufficient. */
export interface Staging {
  readonly folder: Folder
  /** Warnings to print: the locations of files that dead restores had replaced. */
  readonly warnings: readonly string[]
  /** Removes the remaining contents, and closes it. Resolves with messages about entries that could not be removed. */
  remove(): Promise<string | undefined>
}

/** Creates it, inaccessible to other users, and removes the remains of dead restores in the destination. */
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
