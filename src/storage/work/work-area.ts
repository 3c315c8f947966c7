import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { isAbsent, namesIn, openFileIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { tryLock } from '../../process/tool/flock.ts'
import type { Place } from '../place.ts'
import { type Turn, waitForTurn } from '../root/root-turn.ts'
import type { OperationContext } from '../storage.ts'
import { quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { openArea } from './open-area.ts'

/** The one hidden folder of ours in a root. It is there only while somebody works in the root, or when a run was killed there. */
export const WORK_AREA = '.holdfast-work'

/** How the names of folders in the work area begin that hold a set on its way out. */
export const EXPIRING = 'expire-'

/**
 * Runs `work` while nobody else publishes, expires or begins in this root; waits for its turn. Makes the work area when missing, and in the end removes one
 * in which nobody works any more. The lock is the kernel's: it is gone with the process.
 */
export async function withRootLock<T>(place: Place, call: OperationContext, work: (area: Folder) => Promise<T>): Promise<T> {
  const { area, turn } = await takeRootLock(place, call)
  try {
    return await work(area)
  } finally {
    await turn.leave()
    await tidyArea(place, area)
    await closeFolder(area)
    await turn.lock.close()
  }
}

/** Removes the work area if nobody works there and nobody is about to: for those who end their work without the root's lock. */
export async function tidyQuietly(place: Place): Promise<void> {
  const area = await openFolderIn(place.root, WORK_AREA).catch(() => undefined)
  if (area === undefined) return
  const lock = await openFileIn(area, LOCK, { flags: constants.O_RDWR }).catch(() => undefined)
  try {
    if (lock !== undefined && (await tryLock(lock.fd)) && (await isStillThere(lock, area, place))) await tidyArea(place, area)
  } catch {
    // The next one who works here tidies up.
  } finally {
    await lock?.close()
    await closeFolder(area)
  }
}

const LOCK = 'lock'

interface Held {
  readonly area: Folder
  readonly turn: Turn
}

async function takeRootLock(place: Place, call: OperationContext): Promise<Held> {
  const beganMs = performance.now()
  for (;;) {
    refuseAborted(call.signal, `locking ${quoted(place.root.path)}`)
    const area = await openArea(place, WORK_AREA)
    const lock = area && (await openLock(area))
    if (area === undefined || lock === undefined) continue
    try {
      const turn = await waitForTurn(lock, { root: place.root.path, beganMs }, call)
      // While we waited, the one before us may have removed the work area: a lock on a file that is gone keeps nobody out.
      if (await isStillThere(lock, area, place)) return { area, turn: await turn.take() }
      await Promise.all([lock.close(), closeFolder(area)])
    } catch (error) {
      await Promise.all([lock.close(), closeFolder(area)])
      throw error
    }
  }
}

/** Undefined when the work area was removed in between; then it is closed. */
async function openLock(area: Folder): Promise<FileHandle | undefined> {
  try {
    return await openFileIn(area, LOCK, { flags: constants.O_RDWR | constants.O_CREAT })
  } catch (error) {
    await closeFolder(area)
    if (isAbsent(error)) return undefined
    throw storageErrorOf(error, 'open', `${area.path}/${LOCK}`)
  }
}

async function isStillThere(lock: FileHandle, area: Folder, { root }: Place): Promise<boolean> {
  const [held, present, areaThere] = await Promise.all([lock.stat(), statIn(area, LOCK), statIn(root, WORK_AREA)])
  if (present === undefined || areaThere === undefined) return false
  const isSameArea = areaThere.ino === area.facts.inode && areaThere.dev === area.facts.device
  return isSameArea && held.ino === present.ino && held.dev === present.dev
}

/** Under the root's lock: nobody can be beginning. */
async function tidyArea({ root }: Place, area: Folder): Promise<void> {
  try {
    if ((await namesIn(area)).some((name) => name !== LOCK)) return
    await unlinkIn(area, LOCK)
    // Refused as not empty when somebody has just made a new lock file: then it is theirs.
    await rmdirIn(root, WORK_AREA)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
