import { randomBytes } from 'node:crypto'
import { entriesOf, namesIn, rmdirIn, statIn, unlinkIn } from '../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, withFolder } from '../files/folder.ts'
import { makeFolderIn } from '../files/make-folder.ts'
import { readSmallIn } from '../files/read-small.ts'
import { removeTreeIn } from '../files/tree/remove-tree.ts'
import { replaceFileIn } from '../files/write-small.ts'
import { systemCode } from '../lib/errors.ts'
import { tryLock } from '../process/tool/flock.ts'

/** The prefix of the names of work folders; the rest is random. */
export const PART_PREFIX = '.holdfast-part-'

/** A hidden folder for unfinished files, beside the final ones. */
export interface WorkFolder {
  readonly folder: Folder
  readonly name: string
  /** Its lock: while a process has this file open, the folder is not removed by others. */
  readonly lockFd: number
  /** Removes it with all its contents. */
  remove(): Promise<void>
}

/** Creates one in `above` (mode 0700), after removing those of dead runs there. */
export async function openWorkFolder(above: Folder): Promise<WorkFolder> {
  await sweep(above)
  for (;;) {
    const name = PART_PREFIX + randomBytes(6).toString('hex')
    const folder = await makeFolderIn(above, name)
    if ((await tryLock(folder.fd)) && (await isStill({ folder, above, name }))) {
      await replaceFileIn(folder, SIGN, signOf(name))
      return {
        folder,
        name,
        lockFd: folder.fd,
        async remove() {
          try {
            await removeHeld({ folder, above, name })
          } finally {
            await closeFolder(folder)
          }
        },
      }
    }
    // Another process removed it before it was locked.
    await closeFolder(folder)
  }
}

// Records that a folder was created as a work folder, with this name. Users with write access to the folder above can rename another folder to such a
// name (rename(2)).
const SIGN = 'work-folder'

function signOf(name: string): string {
  return `${name}\n`
}

interface Held {
  readonly folder: Folder
  readonly above: Folder
  readonly name: string
}

/**
 * Removes work folders that were created by this user and are not held by a running process: the kernel holds the lock, which the writing program
 * inherits. Other entries with such names are not touched. Folders that cannot be removed are left to the next run.
 */
async function sweep(above: Folder): Promise<void> {
  for (const name of await namesIn(above)) {
    if (!name.startsWith(PART_PREFIX)) continue
    try {
      await withFolder(openFolderIn(above, name), async (folder) => {
        const held = { folder, above, name }
        if ((await isOurs(held)) && (await tryLock(folder.fd))) await removeHeld(held)
      })
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
  }
}

async function isOurs({ folder, above, name }: Held): Promise<boolean> {
  const { uid, mode, mountId } = folder.facts
  if (uid !== process.geteuid?.() || (mode & 0o077) !== 0 || mountId !== above.facts.mountId) return false
  // A folder whose process was killed right after creating it has no record, and is empty.
  if ((await namesIn(folder)).length === 0) return true
  const sign = await statIn(folder, SIGN)
  if (sign?.isFile() !== true || sign.uid !== uid) return false
  return (await readSmallIn(folder, SIGN, { maxBytes: 1024 })).toString() === signOf(name)
}

/** Empties the open folder, then removes its name if that still refers to it. Entries that cannot be removed are kept. */
async function removeHeld(held: Held): Promise<void> {
  let isEmpty = true
  for (const { name } of await entriesOf(held.folder))
    if (name.toString('latin1') !== SIGN && (await removeTreeIn(held.folder, name)) !== undefined) isEmpty = false
  // The record is removed last, so that after a kill the next run still recognizes the folder.
  if (!isEmpty) return
  await unlinkIn(held.folder, SIGN)
  if (await isStill(held)) await rmdirIn(held.above, held.name)
}

async function isStill({ folder, above, name }: Held): Promise<boolean> {
  const there = await statIn(above, name)
  return there?.ino === folder.facts.inode && there.dev === folder.facts.device
}
