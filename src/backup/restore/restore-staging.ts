import { randomUUID } from 'node:crypto'
import { closeFolder, type Folder } from '../../files/folder.ts'
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
