import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { createFileIn, openFileIn } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt, openFolderIn, shownIn } from '../../files/folder.ts'
import { makeOrOpenFolderIn, mkdirIn } from '../../files/make-folder.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { VERSION } from '../../lib/assets.ts'
import { systemCode } from '../../lib/errors.ts'
import { bootId, hostId } from '../../process/identity/host-id.ts'
import { identityOf, livenessOf, type ProcessIdentity } from '../../process/identity/process-identity.ts'
import { tryLock } from '../../process/tool/flock.ts'
import { StorageError } from '../storage.ts'
import { naming, quoted, storageErrorOf } from '../system-errors.ts'

/** `run.json` of a folder in the work area: its owner. */
export interface WorkOwner extends ProcessIdentity {
  readonly runId: string
  readonly task: string
  readonly host: string
  readonly tool: string
}

/** A folder in the work area, locked by this process since its creation. Kept open until it is removed. */
export interface WorkEntry {
  readonly folder: Folder
  readonly lock: FileHandle
  /** Removes it with all its contents and releases the lock. Rejects if an entry could not be removed; the lock is released nevertheless. */
  remove(): Promise<void>
}

/** A folder in the work area by its name. */
export interface EntryLocation {
  readonly area: Folder
  readonly name: string
}

/** Creates a folder in the work area. Called with the root's lock: a sweep, which also holds it, never sees a folder that is not locked yet. */
export async function makeEntry(area: Folder, work: { readonly name: string; readonly runId: string; readonly task: string }): Promise<WorkEntry> {
  const { folder, name } = await makeNewFolder(area, work.name)
  const place: EntryLocation = { area: await folderAt(area.fd, area.path), name }
  let lock: FileHandle | undefined
  const remove = async () => {
    await closeFolder(folder)
    await removeEntry(place, lock)
  }
  try {
    lock = await openEntryLock(folder)
    if (!(await tryLock(lock.fd)))
      throw new StorageError('broken', `could not lock ${quoted(folder.path)}`, { hint: 'The file system may not support locks.' })
    await naming('write', `${folder.path}/run.json`, () => writeNew(folder, 'run.json', `${JSON.stringify(worker(work))}\n`))
    return { folder, lock, remove }
  } catch (error) {
    await remove().catch(() => undefined)
    throw error
  }
}

/** Opens the lock file of a folder in the work area, and creates it if missing. */
export function openEntryLock(folder: Folder): Promise<FileHandle> {
  return naming('open', `${folder.path}/lock`, () => openFileIn(folder, 'lock', { flags: constants.O_RDWR | constants.O_CREAT }))
}

/** The subfolder in which the set is built, created if missing. */
export function openSetFolder(entry: Pick<WorkEntry, 'folder'>): Promise<Folder> {
  return naming('create the folder', `${entry.folder.path}/set`, () => makeOrOpenFolderIn(entry.folder, 'set'))
}

function worker({ runId, task }: { readonly runId: string; readonly task: string }): WorkOwner {
  return { runId, task, host: hostId(), ...identityOf(process.pid), tool: `holdfast ${VERSION}` }
}

async function writeNew(folder: Folder, name: string, text: string): Promise<void> {
  const file = await createFileIn(folder, name)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

/** Removes a folder of the work area locked by this process, releases the lock, even if an entry could not be removed, which rejects, and closes the area. */
export async function removeEntry({ area, name }: EntryLocation, lock: FileHandle | undefined): Promise<void> {
  try {
    const left = await removeTreeIn(area, name).finally(() => lock?.close())
    if (left === undefined) return
    if (systemCode(left.error) !== 'ENOTEMPTY') throw storageErrorOf(left.error, 'remove', left.path)
    // A new entry appeared at the end. Either the lock file itself, which a network file system keeps under another name while it is open; or a sweep
    // considered the folder to be that of a dead run, after run.json was removed, and removes it, too.
    await removeTreeIn(area, name)
  } finally {
    await closeFolder(area)
  }
}

/**
 * Creates a folder in the work area and opens it. A run may use a root again while a remainder of its own exists (an expired set that could not be
 * deleted): then a number is appended to its name.
 */
export async function makeNewFolder(area: Folder, wanted: string): Promise<{ readonly folder: Folder; readonly name: string }> {
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? wanted : `${wanted}.${attempt}`
    try {
      await mkdirIn(area, name)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue
      throw storageErrorOf(error, 'create the folder', shownIn(area, name))
    }
    return { folder: await naming('open', shownIn(area, name), () => openFolderIn(area, name)), name }
  }
}

/** Whether that process is visibly running. Otherwise, its state is unknown: it may be running where it is not visible. */
export function isAlive(identity: ProcessIdentity): boolean {
  return livenessOf(identity) === 'alive'
}

/** Whether it has provably ended, on a host known to be this one. Nothing is proven about another PID namespace of this boot. */
export function hasEnded(identity: ProcessIdentity): boolean {
  return identity.boot !== bootId() || livenessOf(identity) === 'dead'
}
