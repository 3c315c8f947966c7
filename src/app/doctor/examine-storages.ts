import { stat, statfs } from 'node:fs/promises'
import { isWhole } from '../../backup/set/standing.ts'
import { isAbsent } from '../../files/entries.ts'
import { counted, formatBytes, printable } from '../../lib/format.ts'
import type { BackupTarget, Plan } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { checkOf, readTarget } from '../preview/read-target.ts'
import { type Diagnosis, diagnose } from './diagnosis.ts'

/** Whether each place of sets can be read and has space, and whether all of them would be lost with the disk of the system. */
export async function examineStorages(plan: Plan, host: Host): Promise<readonly Diagnosis[]> {
  const targets = setsOf(plan).flatMap((it) => it.targets.filter(({ storage }) => storage.kind !== 'null'))
  if (targets.length === 0) return []
  const found: Diagnosis[] = []
  for (const target of targets) found.push(...(await diagnose('storages', () => examineTarget(target, host))))
  return [...found, ...(await onOneDisk(targets))]
}

async function examineTarget(target: BackupTarget, host: Host): Promise<readonly Diagnosis[]> {
  const { storage } = target
  const { present = [], problems, hint = '' } = await readTarget(target, host)
  const name = printable(describeStorage(storage))
  if (problems.length > 0)
    return problems.map((it) => ({
      area: 'storages',
      state: 'error',
      message: it,
      hint: `${hint} Test the storage with "${checkOf(target)}".`.trim(),
    }))
  const whole = present.filter(isWhole)
  const newest = whole.at(-1)
  const free = storage.kind === 'localfs' ? await freeAt(storage.root) : undefined
  const facts = [counted(whole.length, 'set'), ...(newest === undefined ? [] : [`the newest ${newest.name}`]), ...(free === undefined ? [] : [free])]
  const good: Diagnosis = { area: 'storages', state: 'ok', message: `${name}: ${facts.join(', ')}` }
  const damaged = present.filter(({ state }) => state === 'damaged').length
  if (damaged === 0) return [good]
  return [
    good,
    { area: 'storages', state: 'error', message: `${name}: ${counted(damaged, 'damaged set')}`, hint: 'Run "holdfast verify" for their problems.' },
  ]
}

async function freeAt(root: string): Promise<string | undefined> {
  try {
    const { bavail, bsize } = await statfs(root)
    return `${formatBytes(bavail * bsize)} free`
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function onOneDisk(targets: readonly BackupTarget[]): Promise<readonly Diagnosis[]> {
  const system = (await stat('/')).dev
  for (const { storage } of targets) {
    if (storage.kind !== 'localfs') return []
    const device = await deviceAt(storage.root)
    if (device !== system) return []
  }
  const message = 'all sets are stored on the file system of the host itself, and would be lost together with it'
  return [{ area: 'storages', state: 'warning', message, hint: 'Add a storage on another disk or host, or a "copy" step to one.' }]
}

async function deviceAt(path: string): Promise<number> {
  try {
    return (await stat(path)).dev
  } catch (error) {
    if (!isAbsent(error) || path === '/') throw error
    return deviceAt(path.slice(0, path.lastIndexOf('/')) || '/')
  }
}
