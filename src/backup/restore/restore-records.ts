import { randomUUID } from 'node:crypto'
import { isAbsent, namesIn, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolder, withFolder } from '../../files/folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { messageOf } from '../../lib/errors.ts'
import { quoted } from '../../storage/system-errors.ts'
import { openExisting } from './restore-destination.ts'
import { isEnded, newOwner, type Owner, sweepLeftovers } from './restore-leftovers.ts'

/** A restore in progress, on record: a restore that is killed leaves its data in the destination, which others would not look into. */
export interface RestoreRecord {
  /** Why nothing was recorded. */
  readonly warnings: readonly string[]
  /** The destination has no remains. */
  remove(): Promise<void>
}

const EXTENSION = '.json'

/** Records the destination of a restore in a folder that is created if missing (0700). Without a folder, nothing is recorded. */
export async function recordRestore(path: string | undefined, destination: Folder): Promise<RestoreRecord> {
  if (path === undefined) return { warnings: [], remove: async () => undefined }
  const name = `${randomUUID()}${EXTENSION}`
  const content: Recorded = { ...newOwner(), destination: destination.path }
  try {
    await makeFolders(path, 0o700)
    await withFolder(openFolder(path), (folder) => replaceFileIn(folder, name, `${JSON.stringify(content)}\n`, { isDurable: true }))
  } catch (error) {
    const warnings = [`could not record the restore, so its remains are not removed by other runs if it is killed: ${messageOf(error)}`]
    return { warnings, remove: async () => undefined }
  }
  return {
    warnings: [],
    async remove() {
      await withFolder(openFolder(path), (folder) => unlinkIn(folder, name)).catch(() => undefined)
    },
  }
}

/**
 * Removes the remains of killed restores in all recorded destinations. Resolves with messages about what must be kept or could not be removed; never
 * rejects.
 */
export async function sweepDeadRestores(path: string): Promise<readonly string[]> {
  try {
    return await withFolder(openFolder(path), async (folder) => {
      const messages: string[] = []
      for (const name of (await namesIn(folder)).filter((it) => it.endsWith(EXTENSION) && !it.startsWith('.')))
        messages.push(...(await sweepOne(folder, name)))
      return messages
    })
  } catch (error) {
    return isAbsent(error) ? [] : [`could not look for the remains of killed restores: ${messageOf(error)}`]
  }
}

interface Recorded extends Owner {
  readonly destination: string
}

async function sweepOne(folder: Folder, name: string): Promise<readonly string[]> {
  try {
    return await sweepIfEnded(folder, name)
  } catch (error) {
    // That restore has ended meanwhile, or another run has removed its remains.
    if ((await statIn(folder, name).catch(() => undefined)) === undefined) return []
    return [`could not remove the remains of a killed restore: ${messageOf(error)}`]
  }
}

async function sweepIfEnded(folder: Folder, name: string): Promise<readonly string[]> {
  const record = JSON.parse((await readSmallIn(folder, name)).toString()) as Recorded
  if (!isEnded(record)) return []
  const destination = await openExisting(record.destination)
  if (destination === undefined) {
    // Reported once: it may be removed, or not mounted.
    await unlinkIn(folder, name)
    return [`${quoted(record.destination)} is missing: if it is not mounted, it contains data of a killed restore in a folder ".holdfast-restore-…"`]
  }
  try {
    const { messages, isClean } = await sweepLeftovers(destination)
    if (isClean) await unlinkIn(folder, name)
    return messages
  } finally {
    await closeFolder(destination)
  }
}
