import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { messageOf } from '../../lib/errors.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { fuseTypeOf } from '../../process/tool/shared-locks.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import { whyUnsafeState } from '../host/check-state-folder.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { fileExists } from '../host/load-plan.ts'
import { stateFolder } from '../host/state-folder.ts'
import { type Diagnosis, diagnosisOf } from './diagnosis.ts'

const FEW_BYTES = 100 * 1024 * 1024
const FEW_INODES = 1000

// FUSE_SUPER_MAGIC (statfs(2)).
const FUSE = 0x65735546

/** The state folder: the users who can write to it, its space, and whether its journal can be read. */
export async function examineState(host: Host): Promise<readonly Diagnosis[]> {
  const folder = stateFolder(host.env, host.uid)
  const unsafe = host.allowsUnsafe === true ? undefined : await whyUnsafeState(host)
  const found = [...(unsafe === undefined ? [] : [diagnosisOf('state', unsafe)]), ...(await spaceOf(folder))]
  if (!(await fileExists(folder)))
    return [...found, { area: 'state', state: 'ok', message: `"${printable(folder)}" does not exist yet; the first run creates it` }]
  return [...found, ...(await refusedWriting(folder)), ...(await fuseOf(folder)), ...(await journalOf(host, folder))]
}

async function refusedWriting(folder: string): Promise<readonly Diagnosis[]> {
  try {
    await access(folder, constants.W_OK)
    return []
  } catch (error) {
    const hint = 'Runs are not recorded, and a second run of a task at the same time is not prevented. Mount it read-write, or set HOLDFAST_STATE.'
    return [{ area: 'state', state: 'error', message: messageOf(storageErrorOf(error, 'write to', folder)), hint }]
  }
}

// A local one: the root of containers.
const LOCAL = 'fuse.fuse-overlayfs'

async function fuseOf(folder: string): Promise<readonly Diagnosis[]> {
  const fuse = await withFolder(openFolder(folder), async ({ fd }) => fuseTypeOf(fd))
  if (fuse === undefined || fuse === LOCAL) return []
  const hint = 'Such file systems can damage databases, and lose recorded runs. Set HOLDFAST_STATE to a folder on a local disk.'
  return [{ area: 'state', state: 'warning', message: `"${printable(folder)}" is on a FUSE file system (${fuse})`, hint }]
}

async function spaceOf(folder: string): Promise<readonly Diagnosis[]> {
  try {
    const { bavail, bsize, ffree, files, type } = await statfs(folder)
    const hint = 'Free some space: runs cannot be recorded without it.'
    const free = bavail * bsize
    if (free < FEW_BYTES)
      return [{ area: 'state', state: free === 0 ? 'error' : 'warning', message: `only ${formatBytes(free)} free for "${printable(folder)}"`, hint }]
    // Some file systems have no fixed number of inodes, and report 0; mounts of remote storage (rclone) report some number, and none of them free.
    if (files > 0 && ffree < FEW_INODES && !(type === FUSE && ffree === 0))
      return [{ area: 'state', state: 'warning', message: `only ${ffree} inodes free for "${printable(folder)}"`, hint }]
    return []
  } catch (error) {
    if (!isAbsent(error) || folder === '/') throw error
    return spaceOf(dirname(folder))
  }
}

async function journalOf(host: Host, folder: string): Promise<readonly Diagnosis[]> {
  const notes: string[] = []
  const journal = openHostJournal({ ...host, note: (text) => notes.push(text) })
  try {
    const runs = await journal.count({})
    const [last] = await journal.runs({ limit: 1, asRecorded: true })
    const ended = last === undefined ? '' : `, the newest began at ${last.began.toISOString().slice(0, 16)}Z`
    const good: Diagnosis = { area: 'state', state: 'ok', message: `"${printable(folder)}", ${counted(runs, 'recorded run')}${ended}` }
    return [good, ...notes.map((message): Diagnosis => ({ area: 'state', state: 'warning', message }))]
  } finally {
    await journal.close()
  }
}
