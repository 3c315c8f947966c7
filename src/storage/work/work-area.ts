import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { isAbsent, namesIn, openFileIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { tryLock } from '../../process/tool/flock.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { type HeldRootLock, waitForRootLock } from '../root/root-lock.ts'
import type { OperationContext } from '../storage.ts'
import { quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { openArea } from './open-area.ts'

/** Holdfast's hidden folder in a root. It exists only while the root is in use, or after a run was killed there. */
export const WORK_AREA = '.holdfast-work'

/** The prefix of folders in the work area that contain a set being removed. */
export const EXPIRING = 'expire-'

/** The prefix of folders in the work area that contain a set, under its own name, while a new folder of that name is published. */
export const REPLACING = 'replace-'

/**
 * Runs `work` while no other process publishes, expires or begins in this root, after waiting. Creates the work area if missing, and removes it at
 * the end if it is no longer in use. The kernel releases the lock with the process.
 */
export async function withRootLock<T>(opened: OpenedRoot, call: OperationContext, work: (area: Folder) => Promise<T>): Promise<T> {
  const { area, turn } = await takeRootLock(opened, call)
  try {
    return await work(area)
  } finally {
    await turn.leave()
    await tidyArea(opened, area)
    await closeFolder(area)
    await turn.lock.close()
  }
}

/** Removes the work area if it is not in use, for processes that end their work without the root's lock. */
export async function removeUnusedArea(opened: OpenedRoot): Promise<void> {
  const area = await openFolderIn(opened.root, WORK_AREA).catch(() => undefined)
  if (area === undefined) return
  const lock = await openFileIn(area, LOCK, { flags: constants.O_RDWR }).catch(() => undefined)
  try {
    if (lock !== undefined && (await tryLock(lock.fd)) && (await isStillThere(lock, area, opened))) await tidyArea(opened, area)
  } catch {
    // The next process that uses it removes the rest.
  } finally {
    await lock?.close()
    await closeFolder(area)
  }
}

const LOCK = 'lock'

interface Held {
  readonly area: Folder
  readonly turn: HeldRootLock
}

async function takeRootLock(opened: OpenedRoot, call: OperationContext): Promise<Held> {
  const beganMs = performance.now()
  for (;;) {
    refuseAborted(call.signal, `locking ${quoted(opened.root.path)}`)
    const area = await openArea(opened, WORK_AREA)
    const lock = area && (await openLock(area))
    if (area === undefined || lock === undefined) continue
    try {
      const turn = await waitForRootLock(lock, { root: opened.root.path, beganMs }, call)
      // The previous holder may have removed the work area in the meantime: a lock on a removed file excludes no process.
      if (await isStillThere(lock, area, opened)) return { area, turn: await turn.take() }
      await Promise.all([lock.close(), closeFolder(area)])
    } catch (error) {
      await Promise.all([lock.close(), closeFolder(area)])
      throw error
    }
  }
}

/** Undefined if the work area was removed in between; then it is closed. */
async function openLock(area: Folder): Promise<FileHandle | undefined> {
  try {
    return await openFileIn(area, LOCK, { flags: constants.O_RDWR | constants.O_CREAT })
  } catch (error) {
    await closeFolder(area)
    if (isAbsent(error)) return undefined
    throw storageErrorOf(error, 'open', `${area.path}/${LOCK}`)
  }
}

async function isStillThere(lock: FileHandle, area: Folder, { root }: OpenedRoot): Promise<boolean> {
  const [held, present, areaThere] = await Promise.all([lock.stat(), statIn(area, LOCK), statIn(root, WORK_AREA)])
  if (present === undefined || areaThere === undefined) return false
  const isSameArea = areaThere.ino === area.facts.inode && areaThere.dev === area.facts.device
  return isSameArea && held.ino === present.ino && held.dev === present.dev
}

/** With the root's lock: no other process can begin. */
async function tidyArea({ root }: OpenedRoot, area: Folder): Promise<void> {
  try {
    if ((await namesIn(area)).some((name) => name !== LOCK)) return
    await unlinkIn(area, LOCK)
    // Fails as not empty if another process has just created a lock file: then it uses the area.
    await rmdirIn(root, WORK_AREA)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
