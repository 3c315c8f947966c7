import { entriesOf, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt, openFolderIn, withFolder } from '../../files/folder.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { bootId, isThisHost } from '../../process/identity/host.ts'
import { judgeProcess } from '../../process/identity/identity.ts'
import { tryLock } from '../../process/tool/flock.ts'
import { endOrphans } from '../../process/tree/orphans.ts'
import type { Note } from '../flush.ts'
import { seesLocksOfOthers } from '../root/locks-seen.ts'
import { storageErrorOf } from '../system-errors.ts'
import { EXPIRING } from './work-area.ts'
import { type EntryPlace, openEntryLock, removeEntry, type Worker } from './work-entry.ts'

/** A folder of a dead run, its lock held by us, so that nobody else takes it; or a set on its way out, which any number may remove at once. */
export interface DeadEntry {
  remove(): Promise<void>
}

const WORKER_BYTES = 64 * 1024
const RECORDS_BYTES = 64 * 1024 * 1024

/**
 * Finds the folders in the work area whose run is dead, ends what is left of its processes, and locks them. Called under the root's lock.
 * Never rejects: what cannot be judged stays, and is noted. Folders of other hosts stay: their locks may not be seen from here.
 */
export async function claimDead(area: Folder, note: Note): Promise<readonly DeadEntry[]> {
  const dead: DeadEntry[] = []
  for (const entry of await entriesOf(area).catch(() => [])) {
    const name = entry.name.toString()
    if (!entry.isDirectory() || !Buffer.from(name).equals(entry.name)) continue
    try {
      const claimed = await claimIfDead(area, name, note)
      if (claimed !== undefined) dead.push(claimed)
    } catch (error) {
      note(`could not check a work folder, so it was kept: ${messageOf(error)}`)
    }
  }
  return dead
}

/** Removes claimed folders. Never rejects: what cannot be removed is noted, and tried again by the next sweep. */
export async function removeDead(dead: readonly DeadEntry[], note: Note): Promise<void> {
  for (const entry of dead) {
    try {
      await entry.remove()
    } catch (error) {
      note(`could not remove the remains of a killed run or of an expired set: ${messageOf(error)}`)
    }
  }
}

async function claimIfDead(area: Folder, name: string, note: Note): Promise<DeadEntry | undefined> {
  const folder = await openFolderIn(area, name)
  try {
    // Where the file system lets others in: not ours to judge, nor to remove.
    if (![area.facts.uid, process.geteuid?.()].includes(folder.facts.uid)) {
      note(`kept a work folder of user ${folder.facts.uid}: ${printable(folder.path)}`)
      return undefined
    }
    // The caller closes the area before it removes what is dead.
    const place = async () => ({ area: await folderAt(area.fd, area.path), name })
    // Expiry is done under the root's lock, which we hold now: the run that did it is dead, or could not finish.
    if (name.startsWith(EXPIRING)) return removal(await place())
    return await claimRun(folder, place, note)
  } finally {
    await closeFolder(folder)
  }
}

function removal({ area, name }: EntryPlace): DeadEntry {
  return {
    async remove() {
      const left = await withFolder(Promise.resolve(area), () => removeTreeIn(area, name))
      if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
    },
  }
}

async function claimRun(folder: Folder, place: () => Promise<EntryPlace>, note: Note): Promise<DeadEntry | undefined> {
  const worker = await readWorker(folder)
  if (worker !== undefined && !isThisHost(worker.host)) {
    note(`kept a work folder of the host "${printable(worker.host)}": ${folder.path}`)
    return undefined
  }
  const verdict = worker === undefined ? 'unknown' : judgeProcess(worker)
  // A run that lives removes its own folder, and its lock file goes first: with a new lock file there, another run would take this one for dead and end it.
  if (verdict === 'alive') return undefined
  const lock = await openEntryLock(folder)
  try {
    // A machine cloned with its id, or a restart: only the lock can tell, and only where it is seen.
    if (worker?.boot !== bootId() && !seesLocksOfOthers(lock.fd))
      note(`kept a work folder of an earlier boot of this host, or of a clone: ${folder.path}`)
    else if ((await tryLock(lock.fd)) || (await outlivesItsRun(folder, worker, lock.fd))) {
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

/** A process of a dead run, its writer for one, may hold the lock still: then it is ended, and the lock is ours. */
async function outlivesItsRun(folder: Folder, worker: Worker | undefined, lockFd: number): Promise<boolean> {
  if (worker === undefined || judgeProcess(worker) !== 'dead') return false
  await endProcesses(folder, worker)
  return tryLock(lockFd)
}

async function endProcesses(folder: Folder, worker: Worker | undefined): Promise<void> {
  // Pids of another boot or pid namespace mean nothing; and where we do not know the run, nothing of it can be told apart.
  if (worker === undefined || judgeProcess(worker) !== 'dead' || !(await isOurs(folder))) return
  await endOrphans(worker.runId, await readRecords(folder))
}

/** Where others can write, a record of somebody else could name any process for us to end. */
async function isOurs(folder: Folder): Promise<boolean> {
  const record = await statIn(folder, 'run.json')
  return [folder.facts.uid, record?.uid].every((uid) => uid === process.geteuid?.())
}

async function readWorker(folder: Folder): Promise<Worker | undefined> {
  const value = parsed(await textOf(folder, 'run.json', WORKER_BYTES))
  return typeof value === 'object' && value !== null && 'host' in value && 'runId' in value ? (value as Worker) : undefined
}

async function readRecords(folder: Folder): Promise<readonly unknown[]> {
  return (await textOf(folder, 'processes.jsonl', RECORDS_BYTES)).split('\n').map(parsed)
}

/** Empty for what is missing, larger than anything of ours, or no regular file. */
async function textOf(folder: Folder, name: string, maxBytes: number): Promise<string> {
  return readSmallIn(folder, name, { maxBytes }).then(String, () => '')
}

/** Undefined for what is no JSON: the last line of a killed run may be cut short. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
