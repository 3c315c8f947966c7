import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import { systemCode } from '../lib/errors.ts'
import { tryLock, waitLock } from '../process/flock.ts'
import { flushFolder, type Note } from './flush.ts'
import { type Call, StorageError } from './storage.ts'
import { naming, quoted, refuseAborted, storageErrorOf } from './system-errors.ts'
import { isAbsent } from './tree.ts'

/** The one hidden folder of ours in a root. It is there only while somebody works in the root, or when a run was killed there. */
export const WORK_AREA = '.holdfast-work'

/** How the names of folders in the work area begin that hold a set on its way out. */
export const EXPIRING = 'expire-'

/** A root and what its files have in common. */
export interface Place {
  /** Absolute. */
  readonly root: string
  readonly note: Note
}

export function areaOf({ root }: Place): string {
  return join(root, WORK_AREA)
}

/**
 * Runs `work` while nobody else publishes, expires or begins in this root; waits for its turn. Makes root and work area when missing; in the end
 * removes a work area in which nobody works any more. The lock is the kernel's: it is gone with the process.
 */
export async function withRootLock<T>(place: Place, call: Call, work: () => Promise<T>): Promise<T> {
  const lock = await takeRootLock(place, call.signal)
  try {
    return await work()
  } finally {
    await tidyArea(place)
    await lock.close()
  }
}

/** Removes the work area if nobody works there and nobody is about to: for those who end their work without the root's lock. */
export async function tidyQuietly(place: Place): Promise<void> {
  const handle = await open(join(areaOf(place), 'lock'), constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined)
  if (handle === undefined) return
  try {
    if ((await tryLock(handle.fd)) && (await isStillThere(handle, place))) await tidyArea(place)
  } catch {
    // The next one who works here tidies up.
  } finally {
    await handle.close()
  }
}

async function takeRootLock(place: Place, signal: AbortSignal): Promise<FileHandle> {
  for (;;) {
    refuseAborted(signal, `locking ${quoted(place.root)}`)
    await makeRoot(place)
    await makeArea(place)
    const handle = await openLock(place)
    if (handle === undefined) continue
    try {
      await waitLock(handle.fd, signal)
      // While we waited, the one before us may have removed the work area: a lock on a file that is gone keeps nobody out.
      if (await isStillThere(handle, place)) return handle
      await handle.close()
    } catch (error) {
      await handle.close()
      throw lockFailure(error, place, signal)
    }
  }
}

function lockFailure(error: unknown, place: Place, signal: AbortSignal): StorageError {
  if (signal.aborted) return new StorageError('aborted', `stopped while waiting for the lock of ${quoted(place.root)}`, { cause: error })
  return storageErrorOf(error, 'lock', place.root)
}

/** Undefined when the work area was removed in between. */
async function openLock(place: Place): Promise<FileHandle | undefined> {
  const path = join(areaOf(place), 'lock')
  try {
    return await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw storageErrorOf(error, 'open', path)
  }
}

async function isStillThere(handle: FileHandle, place: Place): Promise<boolean> {
  const [held, present] = await Promise.all([handle.stat(), stat(join(areaOf(place), 'lock')).catch(() => undefined)])
  return present !== undefined && held.ino === present.ino && held.dev === present.dev
}

/** Makes the root and its parents (0777 less the umask) when missing, and flushes the folders that got a new name. */
async function makeRoot({ root, note }: Place): Promise<void> {
  const first = await naming('make the folder', root, () => makeFolders(root))
  if (first === undefined) return
  for (let folder = resolve(root); folder.length >= first.length; folder = dirname(folder)) await flushFolder(dirname(folder), note)
}

async function makeArea(place: Place): Promise<void> {
  const area = areaOf(place)
  try {
    await mkdir(area, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw storageErrorOf(error, 'make the folder', area)
  }
  const found = await lstat(area).catch(() => undefined)
  // A link here would send our files, and our removals, somewhere else.
  if (found !== undefined && !found.isDirectory())
    throw new StorageError('exists', `${quoted(area)} is in the way`, { hint: 'Move it away: it must be a folder of ours.' })
}

/** Under the root's lock: nobody can be beginning. */
async function tidyArea(place: Place): Promise<void> {
  const area = areaOf(place)
  const names = await readdir(area).catch(() => [])
  if (names.some((name) => name !== 'lock')) return
  await unlink(join(area, 'lock')).catch(() => undefined)
  // Refused as not empty when somebody has just made a new lock file: then it is theirs.
  await rmdir(area).catch(() => undefined)
}
