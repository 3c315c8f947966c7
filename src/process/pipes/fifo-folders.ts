import { tmpdir } from 'node:os'
import { namesIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, openFolderIn, withFolder } from '../../files/folder.ts'

/** Folders in memory, best first. */
export function memoryFolders(): readonly string[] {
  return ['/dev/shm', '/run']
}

/** Folders in which FIFOs can be created, best first: in memory, so that a full or unresponsive disk does not matter. */
export function fifoFolders(): readonly string[] {
  return [...new Set(['/dev/shm', '/run', tmpdir(), '/tmp', '/var/tmp'])]
}

/** The prefix of the folders for a run's FIFOs. */
export function fifoPrefix(runId: string): string {
  return `holdfast-${runId}-`
}

/**
 * Removes folders that a killed run left between creating and unlinking its FIFOs (a period of some milliseconds). Never rejects. The name alone
 * proves nothing, because any user can create it: only folders of this user are opened, links are not followed, and only FIFOs of this user are
 * removed.
 */
export async function removeFifoFolders(runId: string): Promise<void> {
  for (const base of fifoFolders()) {
    // Links of the system (/var/run) are followed; a missing folder contains nothing.
    await withFolder(openFolder(`${base}/.`), async (folder) => {
      for (const name of await namesIn(folder)) if (name.startsWith(fifoPrefix(runId))) await removeOwn(folder, name).catch(() => undefined)
    }).catch(() => undefined)
  }
}

async function removeOwn(base: Folder, name: string): Promise<void> {
  const uid = process.geteuid?.()
  const isOurs = await withFolder(openFolderIn(base, name), async (folder) => {
    if (folder.facts.uid !== uid || (folder.facts.mode & 0o077) !== 0) return false
    for (const entry of await namesIn(folder)) {
      const stat = await statIn(folder, entry)
      if (stat?.isFIFO() === true && stat.uid === uid) await unlinkIn(folder, entry)
    }
    return true
  })
  // Fails if it is not empty, or was replaced by another user.
  if (isOurs && (await statIn(base, name))?.uid === uid) await rmdirIn(base, name)
}
