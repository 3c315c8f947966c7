import { entriesOf, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt, openFolderIn, withFolder } from '../../files/folder.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { parseJson } from '../../lib/parse-json.ts'
import { bootId, isThisHost } from '../../process/identity/host-id.ts'
import { livenessOf } from '../../process/identity/process-identity.ts'
import { tryLock } from '../../process/tool/flock.ts'
import { seesLocksOfOthers } from '../../process/tool/shared-locks.ts'
import { endOrphans } from '../../process/tree/end-orphans.ts'
import type { Note } from '../flush.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { quoted, storageErrorOf } from '../system-errors.ts'
import { settleReplaced } from './set-aside.ts'
import { EXPIRING, REPLACING } from './work-area.ts'
import { type EntryLocation, openEntryLock, removeEntry, type WorkOwner } from './work-entry.ts'

/** A folder of a dead run, locked by this process; or a set being removed, which several processes may remove at the same time. */
export interface DeadEntry {
  remove(): Promise<void>
}

const WORKER_BYTES = 64 * 1024
const RECORDS_BYTES = 64 * 1024 * 1024

/**
 * Finds the folders of dead runs in the work area, ends their remaining processes, and locks them. Called with the root's lock. Never rejects:
 * folders whose state is unknown are kept, with a note. Folders of other hosts are kept: their locks may not be visible here. A set that a dead run
 * was replacing gets its name back.
 */
export async function claimDead(area: Folder, { root, note }: Pick<OpenedRoot, 'root' | 'note'>): Promise<readonly DeadEntry[]> {
  const dead: DeadEntry[] = []
  for (const entry of await entriesOf(area).catch(() => [])) {
    const name = entry.name.toString()
    if (!entry.isDirectory() || !Buffer.from(name).equals(entry.name)) continue
    try {
      const claimed = await claimIfDead(area, name, { root, note })
      if (claimed !== undefined) dead.push(claimed)
    } catch (error) {
      note(`could not check a work folder, so it was kept: ${messageOf(error)}`)
    }
  }
  return dead
}

/** Removes claimed folders. Never rejects: entries that cannot be removed are noted, and retried by the next sweep. */
export async function removeDead(dead: readonly DeadEntry[], note: Note): Promise<void> {
  for (const entry of dead) {
    try {
      await entry.remove()
    } catch (error) {
      note(`could not remove the remains of a killed run or of an expired set: ${messageOf(error)}`)
    }
  }
}

async function claimIfDead(area: Folder, name: string, { root, note }: Pick<OpenedRoot, 'root' | 'note'>): Promise<DeadEntry | undefined> {
  const folder = await openFolderIn(area, name)
  try {
    // Of another user, if the file system permits it: its state is unknown.
    if (![area.facts.uid, process.geteuid?.()].includes(folder.facts.uid)) {
      note(`kept a work folder of user ${folder.facts.uid}: ${printable(folder.path)}`)
      return undefined
    }
    // The caller closes the area before it removes these.
    const place = async (its = name) => ({ area: await folderAt(area.fd, area.path), name: its })
    // Expiring requires the root's lock, which this process holds: the other run is dead, or could not finish.
    if (name.startsWith(EXPIRING)) return removal(await place())
    if (!name.startsWith(REPLACING)) return await claimRun(folder, place, note)
    const settled = await settleReplaced({ area, name }, root)
    if ('expiring' in settled) return removal(await place(settled.expiring))
    note(`put back the set ${quoted(settled.back)}: a run was killed while it replaced the set`)
    return undefined
  } finally {
    await closeFolder(folder)
  }
}

function removal({ area, name }: EntryLocation): DeadEntry {
  return {
    async remove() {
      const left = await withFolder(Promise.resolve(area), () => removeTreeIn(area, name))
      if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
    },
  }
}

async function claimRun(folder: Folder, place: () => Promise<EntryLocation>, note: Note): Promise<DeadEntry | undefined> {
  const worker = await readWorker(folder)
  if (worker !== undefined && !isThisHost(worker.host)) {
    note(`kept a work folder of the host "${printable(worker.host)}": ${folder.path}`)
    return undefined
  }
  const liveness = worker === undefined ? 'unknown' : livenessOf(worker)
  // A running run removes its own folder, starting with the lock file: with a new lock file, another process would consider the run dead and end it.
  if (liveness === 'alive') return undefined
  const lock = await openEntryLock(folder)
  try {
    // A cloned machine id, or a reboot: only the lock decides, and only if it is visible.
    if (worker?.boot !== bootId() && !seesLocksOfOthers(lock.fd))
      note(`kept a work folder of an earlier boot of this host, or of a clone: ${folder.path}`)
    else if ((await tryLock(lock.fd)) || (await endAndLock(folder, worker, lock.fd))) {
      await endProcesses(folder, worker)
      const entry = await place()
      return { remove: () => removeEntry(entry, lock) }
    }
  } catch (error) {
    await lock.close()
    throw error
  }
  await lock.close()
  return undefined
}

/** A process of a dead run, such as its writer, may still hold the lock: it is ended, then the lock is acquired. */
async function endAndLock(folder: Folder, worker: WorkOwner | undefined, lockFd: number): Promise<boolean> {
  if (worker === undefined || livenessOf(worker) !== 'dead') return false
  await endProcesses(folder, worker)
  return tryLock(lockFd)
}

async function endProcesses(folder: Folder, worker: WorkOwner | undefined): Promise<void> {
  // PIDs of another boot or PID namespace have no meaning; and without a record of the run, its processes cannot be identified.
  if (worker === undefined || livenessOf(worker) !== 'dead' || !(await isOurs(folder))) return
  await endOrphans(worker.runId, await readRecords(folder))
}

/** If others can write here, a record could name any process to be ended. */
async function isOurs(folder: Folder): Promise<boolean> {
  const record = await statIn(folder, 'run.json')
  return [folder.facts.uid, record?.uid].every((uid) => uid === process.geteuid?.())
}

async function readWorker(folder: Folder): Promise<WorkOwner | undefined> {
  const value = parseJson(await textOf(folder, 'run.json', WORKER_BYTES))
  return typeof value === 'object' && value !== null && 'host' in value && 'runId' in value ? (value as WorkOwner) : undefined
}

async function readRecords(folder: Folder): Promise<readonly unknown[]> {
  // The last line of a killed run may be truncated: undefined.
  return (await textOf(folder, 'processes.jsonl', RECORDS_BYTES)).split('\n').map(parseJson)
}

/** Empty for a missing or oversized file, or one that is not regular. */
async function textOf(folder: Folder, name: string, maxBytes: number): Promise<string> {
  return readSmallIn(folder, name, { maxBytes }).then(String, () => '')
}
