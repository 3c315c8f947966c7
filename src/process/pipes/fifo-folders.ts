import { tmpdir } from 'node:os'
import { namesIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, openFolderIn, withFolder } from '../../files/folder.ts'

/** Folders whose files are kept in memory alone, best first. */
export function memoryFolders(): readonly string[] {
  return ['/dev/shm', '/run']
}

/** Where FIFOs may be made, best first: in memory, so that a full or dead disk does not matter. */
export function fifoFolders(): readonly string[] {
  return [...new Set(['/dev/shm', '/run', tmpdir(), '/tmp', '/var/tmp'])]
}

/** Folder names of a run's FIFOs begin so. */
export function fifoPrefix(runId: string): string {
  return `holdfast-${runId}-`
}

/**
 * Removes folders that a killed run left between making and unlinking its FIFOs (some milliseconds of its life). Never rejects. The name alone proves nothing,
 * as anybody may make one in these places: only a folder is opened, no link, only one of ours is touched, and in it only FIFOs of ours.
 */
export async function removeFifoFolders(runId: string): Promise<void> {
  for (const base of fifoFolders()) {
    // Links of the system (/var/run) are followed; where there is no such folder, nothing of ours is there.
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
  // Refused where it is not empty, or somebody else's meanwhile.
  if (isOurs && (await statIn(base, name))?.uid === uid) await rmdirIn(base, name)
}
