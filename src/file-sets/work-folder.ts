import { randomBytes } from 'node:crypto'
import { entriesOf, namesIn, rmdirIn, statIn, unlinkIn } from '../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, withFolder } from '../files/folder.ts'
import { makeFolderIn } from '../files/make-folder.ts'
import { readSmallIn } from '../files/read-small.ts'
import { removeTreeIn } from '../files/tree/remove-tree.ts'
import { replaceFileIn } from '../files/write-small.ts'
import { systemCode } from '../lib/errors.ts'
import { tryLock } from '../process/tool/flock.ts'

/** How the names of work folders begin; what follows is random. */
export const PART_PREFIX = '.holdfast-part-'

/** A hidden folder beside the files that will be made, for what is not whole yet. */
export interface WorkFolder {
  readonly folder: Folder
  readonly name: string
  /** Its lock: while a process has this open, the folder is not swept. */
  readonly lockFd: number
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

/** Makes one in `above` (ours, mode 0700), after those of dead runs were removed from there. */
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
    // Somebody swept it before it was locked.
    await closeFolder(folder)
  }
}

// Says that a folder was made as a work folder, under this name. Anybody who may write in the folder above can give one of ours such a name (rename(2)).
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
 * Removes the work folders that we made and that no living process holds: the lock of one is the kernel's, and the program that writes into it has it too.
 * Of whatever else bears such a name nothing is touched. Those that cannot be removed are left for the next run.
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
  // One that was killed right after it was made has no sign, and nothing else in it.
  if ((await namesIn(folder)).length === 0) return true
  const sign = await statIn(folder, SIGN)
  if (sign?.isFile() !== true || sign.uid !== uid) return false
  return (await readSmallIn(folder, SIGN, { maxBytes: 1024 })).toString() === signOf(name)
}

/** Empties the very folder that is open, then takes its name away where it has it still. What cannot be removed stays. */
async function removeHeld(held: Held): Promise<void> {
  let isEmpty = true
  for (const { name } of await entriesOf(held.folder))
    if (name.toString('latin1') !== SIGN && (await removeTreeIn(held.folder, name)) !== undefined) isEmpty = false
  // The sign goes last: killed before, the next run knows it still.
  if (!isEmpty) return
  await unlinkIn(held.folder, SIGN)
  if (await isStill(held)) await rmdirIn(held.above, held.name)
}

async function isStill({ folder, above, name }: Held): Promise<boolean> {
  const there = await statIn(above, name)
  return there?.ino === folder.facts.inode && there.dev === folder.facts.device
}
