import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { messageOf } from '../../lib/errors.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import { whyUnsafeState } from '../host/check-state-folder.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { fileExists } from '../host/load-plan.ts'
import { stateFolder } from '../host/state-folder.ts'
import { type Diagnosis, diagnosisOf } from './diagnosis.ts'

const FEW_BYTES = 100 * 1024 * 1024
const FEW_INODES = 1000

/** The state folder: the users who can write to it, its space, and whether its journal can be read. */
export async function examineState(host: Host): Promise<readonly Diagnosis[]> {
  const folder = stateFolder(host.env, host.uid)
  const unsafe = host.allowsUnsafe === true ? undefined : await whyUnsafeState(host)
  const found = [...(unsafe === undefined ? [] : [diagnosisOf('state', unsafe)]), ...(await spaceOf(folder))]
  if (!(await fileExists(folder)))
    return [...found, { area: 'state', state: 'ok', message: `"${printable(folder)}" does not exist yet; the first run creates it` }]
  return [...found, ...(await refusedWriting(folder)), ...(await journalOf(host, folder))]
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

async function spaceOf(folder: string): Promise<readonly Diagnosis[]> {
  try {
    const { bavail, bsize, ffree, files } = await statfs(folder)
    const hint = 'Free some space: runs cannot be recorded without it.'
    const free = bavail * bsize
    if (free < FEW_BYTES)
      return [{ area: 'state', state: free === 0 ? 'error' : 'warning', message: `only ${formatBytes(free)} free for "${printable(folder)}"`, hint }]
    // Some file systems have no fixed number of inodes, and report 0.
    if (files > 0 && ffree < FEW_INODES)
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
