import { randomBytes } from 'node:crypto'
import { entriesOf, namesIn, rmdirIn, statIn, unlinkIn } from '../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, withFolder } from '../files/folder.ts'
import { makeFolderIn } from '../files/make-folder.ts'
import { readSmallIn } from '../files/read-small.ts'
import { removeTreeIn } from '../files/tree/remove-tree.ts'
import { replaceFileIn } from '../files/write-small.ts'
import { systemCode } from '../lib/errors.ts'
import { bootId, hostId } from '../process/identity/host-id.ts'
import { tryLock } from '../process/tool/flock.ts'
import { seesFolderLocksOfOthers } from '../process/tool/shared-locks.ts'

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

/** Creates one in `above` (mode 0700), after removing those of dead runs there. `seesLocks`: whether a lock of another host on a folder is visible. */
export async function openWorkFolder(above: Folder, seesLocks = seesFolderLocksOfOthers): Promise<WorkFolder> {
  const elsewhere = await sweep(above, seesLocks)
  for (;;) {
    const name = PART_PREFIX + randomBytes(6).toString('hex')
    const folder = await makeFolderIn(above, name)
    if ((await tryLock(folder.fd)) && (await isStill({ folder, above, name }))) {
      await replaceFileIn(folder, SIGN, `${signOf(name)}${thisHost()}\n`)
      if (elsewhere.length > 0) await sweepAbandoned(elsewhere, { folder, above, name })
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

// Records that a folder was created as a work folder, with this name, and by which host. Users with write access to the folder above can rename another folder to such a
// name (rename(2)).
const SIGN = 'work-folder'

function signOf(name: string): string {
  return `${name}\n`
}

/** Since its last boot: a clone of this host has the same machine id. */
function thisHost(): string {
  return `${hostId()} ${bootId()}`
}

interface Held {
  readonly folder: Folder
  readonly above: Folder
  readonly name: string
}

/**
 * Removes work folders that were created by this user and are not held by a running process: the kernel holds the lock, which the writing program
 * inherits. Other entries with such names are not touched. Folders that cannot be removed are left to the next run. Resolves with the names of those that
 * are kept because another host may hold them.
 */
async function sweep(above: Folder, seesLocks: (fd: number) => boolean): Promise<readonly string[]> {
  const elsewhere: string[] = []
  for (const name of await namesIn(above)) {
    if (!name.startsWith(PART_PREFIX)) continue
    await withHeld(above, name, async (held) => {
      const host = await hostOf(held)
      if (host === undefined) return
      if (host === thisHost() || seesLocks(held.folder.fd)) await removeIfFree(held)
      else elsewhere.push(name)
    })
  }
  return elsewhere
}

// A run that still writes changes its files more often.
const ABANDONED_MS = 7 * 24 * 3600_000

/** Removes those that were not changed for long, by the clock of the file system: this one was created just now. */
async function sweepAbandoned(names: readonly string[], own: Held): Promise<void> {
  const now = (await statIn(own.above, own.name))?.mtimeMs ?? 0
  for (const name of names)
    await withHeld(own.above, name, async (held) => {
      const entries = await Promise.all((await namesIn(held.folder)).map((it) => statIn(held.folder, it)))
      const changed = Math.max(...[await statIn(own.above, name), ...entries].map((it) => it?.mtimeMs ?? 0))
      if (now - changed > ABANDONED_MS && (await hostOf(held)) !== undefined) await removeIfFree(held)
    })
}

async function withHeld(above: Folder, name: string, work: (held: Held) => Promise<void>): Promise<void> {
  try {
    await withFolder(openFolderIn(above, name), (folder) => work({ folder, above, name }))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

async function removeIfFree(held: Held): Promise<void> {
  if (await tryLock(held.folder.fd)) await removeHeld(held)
}

/** The host of a work folder that was created by this user; empty if it is not recorded. Undefined for anything else. */
async function hostOf({ folder, above, name }: Held): Promise<string | undefined> {
  const { uid, mode, mountId } = folder.facts
  if (uid !== process.geteuid?.() || (mode & 0o077) !== 0 || mountId !== above.facts.mountId) return undefined
  // A folder whose process was killed right after creating it has no record, and is empty.
  if ((await namesIn(folder)).length === 0) return ''
  const sign = await statIn(folder, SIGN)
  if (sign?.isFile() !== true || sign.uid !== uid) return undefined
  const text = (await readSmallIn(folder, SIGN, { maxBytes: 1024 })).toString()
  return text.startsWith(signOf(name)) ? text.slice(signOf(name).length).trim() : undefined
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
