import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import { VERSION } from '../lib/version.ts'
import { tryLock } from '../process/flock.ts'
import { hostId } from '../process/host.ts'
import { identityOf, type ProcessIdentity } from '../process/identity.ts'
import { StorageError } from './storage.ts'
import { naming, quoted, storageErrorOf } from './system-errors.ts'
import { removeTree } from './tree.ts'
import { areaOf, type Place } from './work-area.ts'

/** `run.json` of a folder in the work area: who works there. */
export interface Worker extends ProcessIdentity {
  readonly runId: string
  readonly task: string
  readonly host: string
  readonly tool: string
}

/** A folder in the work area, locked by us from before anybody could take it for a dead one. */
export interface Entry {
  readonly path: string
  /** Where the set is built. */
  readonly set: string
  readonly lock: FileHandle
  /** Removes it with everything in it and lets go of the lock. Rejects when something could not be removed; the lock is free all the same. */
  remove(): Promise<void>
}

/** Makes a folder in the work area. Called under the root's lock: a sweep, which holds it too, never sees a folder whose lock is not taken yet. */
export async function makeEntry(place: Place, work: { readonly name: string; readonly runId: string; readonly task: string }): Promise<Entry> {
  const path = await makeFolder(join(areaOf(place), work.name))
  const lock = await openEntryLock(path).catch(async (error: unknown) => {
    await rmdir(path).catch(() => undefined)
    throw error
  })
  const entry: Entry = { path, set: join(path, 'set'), lock, remove: () => removeEntry(path, lock) }
  try {
    if (!(await tryLock(lock.fd))) throw new StorageError('broken', `cannot lock ${quoted(path)}`, { hint: 'The file system may not support locks.' })
    await naming('write', join(path, 'run.json'), () =>
      writeFile(join(path, 'run.json'), `${JSON.stringify(worker(work))}\n`, { mode: 0o600, flag: 'wx' }),
    )
    return entry
  } catch (error) {
    await entry.remove().catch(() => undefined)
    throw error
  }
}

/** Opens the lock file of a folder in the work area, made when missing. */
export function openEntryLock(path: string): Promise<FileHandle> {
  const file = join(path, 'lock')
  return naming('open', file, () => open(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
}

function worker({ runId, task }: { readonly runId: string; readonly task: string }): Worker {
  return { runId, task, host: hostId(), ...identityOf(process.pid), tool: `holdfast ${VERSION}` }
}

// One run may come back to a root while a leftover of its own is still there (an expired set that could not be deleted).
async function makeFolder(wanted: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? wanted : `${wanted}.${attempt}`
    try {
      await mkdir(path, { mode: 0o700 })
      return path
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw storageErrorOf(error, 'make the folder', path)
    }
  }
}

/** Removes a folder of the work area that is locked by us, and lets go of the lock, also when something could not be removed, which rejects. */
export async function removeEntry(path: string, lock: FileHandle): Promise<void> {
  try {
    await removeTree(path)
    return
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'storage/exists') throw error
  } finally {
    await lock.close()
  }
  // Something new was there in the end. Either the lock file itself, which a network file system keeps under another name while it is open; or a sweep
  // took the folder for a dead run's, once run.json was gone, and removes it too.
  await removeTree(path).catch(() => undefined)
}
