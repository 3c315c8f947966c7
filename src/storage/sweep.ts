import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { tryLock } from '../process/flock.ts'
import { bootId, isThisHost } from '../process/host.ts'
import { judgeProcess } from '../process/identity.ts'
import { endOrphans } from '../process/orphans.ts'
import type { Note } from './flush.ts'
import { seesLocksOfOthers } from './locks-seen.ts'
import { removeTree } from './tree.ts'
import { areaOf, EXPIRING, type Place } from './work-area.ts'
import { openEntryLock, removeEntry, type Worker } from './work-entry.ts'

/** A folder of a dead run, its lock held by us, so that nobody else takes it; or a set on its way out, which any number may remove at once. */
export interface DeadEntry {
  remove(): Promise<void>
}

/**
 * Finds the folders in the work area whose run is dead, ends what is left of its processes, and locks them. Called under the root's lock.
 * Never rejects: what cannot be judged stays, and is noted. Folders of other hosts stay: their locks may not be seen from here.
 */
export async function claimDead(place: Place): Promise<readonly DeadEntry[]> {
  const dead: DeadEntry[] = []
  for (const entry of await readdir(areaOf(place), { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue
    const path = join(areaOf(place), entry.name)
    try {
      const claimed = await claimIfDead(path, place.note)
      if (claimed !== undefined) dead.push(claimed)
    } catch (error) {
      place.note(`a work folder could not be judged and stays: ${messageOf(error)}`)
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
      note(`something of a run that was killed, or of an expired set, could not be removed: ${messageOf(error)}`)
    }
  }
}

async function claimIfDead(path: string, note: Note): Promise<DeadEntry | undefined> {
  // Whoever expires does so under the root's lock, which is ours now: he is dead, or could not go on.
  if (basename(path).startsWith(EXPIRING)) return { remove: () => removeTree(path) }
  const worker = await readWorker(path)
  if (worker !== undefined && !isThisHost(worker.host)) {
    note(`a work folder of the host "${printable(worker.host)}" stays: ${path}`)
    return undefined
  }
  const verdict = worker === undefined ? 'unknown' : judgeProcess(worker)
  // A run that lives removes its own folder, and its lock file goes first: whoever makes a new one there would take the run for a dead one and end it.
  if (verdict === 'alive') return undefined
  const lock = await openEntryLock(path)
  try {
    // A machine cloned with its id, or a restart: only the lock can tell, and only where it is seen.
    if (worker?.boot !== bootId() && !seesLocksOfOthers(lock.fd)) note(`a work folder of another start of this host, or of its clone, stays: ${path}`)
    else if ((await tryLock(lock.fd)) || (await outlivesItsRun(path, worker, lock.fd))) {
      await endProcesses(path, worker)
      return { remove: () => removeEntry(path, lock) }
    }
  } catch (error) {
    await lock.close()
    throw error
  }
  await lock.close()
  return undefined
}

/** A process of a dead run, its writer for one, may hold the lock still: then it is ended, and the lock is ours. */
async function outlivesItsRun(path: string, worker: Worker | undefined, lockFd: number): Promise<boolean> {
  if (worker === undefined || judgeProcess(worker) !== 'dead') return false
  await endProcesses(path, worker)
  return tryLock(lockFd)
}

async function endProcesses(path: string, worker: Worker | undefined): Promise<void> {
  // Pids of another boot or pid namespace mean nothing; and where we do not know the run, nothing of it can be told apart.
  if (worker === undefined || judgeProcess(worker) !== 'dead' || !(await isOurs(path))) return
  await endOrphans(worker.runId, await readRecords(path))
}

/** In a root that others may write, a record of somebody else could name any process for us to end. */
async function isOurs(path: string): Promise<boolean> {
  const owners = await Promise.all([path, join(path, 'run.json')].map(async (it) => (await lstat(it)).uid))
  return owners.every((uid) => uid === process.geteuid?.())
}

async function readWorker(path: string): Promise<Worker | undefined> {
  const text = await readFile(join(path, 'run.json'), 'utf8').catch(() => '')
  const value = parsed(text)
  return typeof value === 'object' && value !== null && 'host' in value && 'runId' in value ? (value as Worker) : undefined
}

async function readRecords(path: string): Promise<readonly unknown[]> {
  const text = await readFile(join(path, 'processes.jsonl'), 'utf8').catch(() => '')
  return text.split('\n').map(parsed)
}

/** Undefined for what is no JSON: the last line of a killed run may be cut short. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
