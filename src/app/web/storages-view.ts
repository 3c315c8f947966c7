import { stat, statfs } from 'node:fs/promises'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { counted } from '../../lib/format.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { BackupTarget, StorageSpec } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import { placeOf, storagesOf } from '../../plan/steps/storages-of.ts'
import type { LocalData } from './local-data.ts'
import { storageName } from './overview/read-overview.ts'
import type { PlanCache } from './plan-cache.ts'
import type { SetList, Sets, StepListing } from './sets/set-list.ts'
import { forecastStorages, type ListedStorage, type StorageForecast } from './storage-forecast.ts'

/** The current state of a storage. */
export interface StorageView {
  readonly name: string
  readonly kind: StorageSpec['kind']
  readonly location: string
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown'
  readonly reason: string | null
  readonly hint: string | null
  readonly totalBytes: number | null
  readonly freeBytes: number | null
  readonly sets: number | null
  readonly setBytes: number | null
  readonly newest: Date | null
  readonly oldest: Date | null
  readonly checked: Date | null
  /** Null if the recorded history is too short or incomplete. */
  readonly forecast: StorageForecast | null
}

const LIMIT_MS = 5000
const LOW_SHARE = 0.05

export interface StoragesDeps {
  readonly plans: PlanCache
  readonly sets: Sets
  readonly data: Pick<LocalData, 'journal'>
}

/** All storages that the configuration defines or uses. Rejects with a `ConfigError` or a `DatabaseError`. */
export async function readStorages({ plans, sets, data }: StoragesDeps): Promise<readonly StorageView[]> {
  const plan = await plans.plan()
  const list = await sets.list()
  const used = setsOf(plan).flatMap(({ targets }) => targets)
  const named = [...storagesOf(plan)].map(([name, storage]): Pick<BackupTarget, 'name' | 'storage'> => ({ name, storage }))
  const byName = new Map([...named, ...used].map((target) => [storageName(target), target.storage] as const))
  const found = await Promise.all([...byName].map(([name, spec]) => readStorage(name, spec, list)))
  const forecasts = await forecastStorages(
    found.flatMap(({ listed }) => listed ?? []),
    data.journal,
    list.at,
  )
  return found.map(({ view }) => ({ ...view, forecast: forecasts.get(view.name) ?? null }))
}

interface StorageFindings {
  readonly view: Omit<StorageView, 'forecast'>
  /** Undefined if only a part of the storage could be read. */
  readonly listed: ListedStorage | undefined
}

async function readStorage(name: string, spec: StorageSpec, { sets, listings: all, at }: SetList): Promise<StorageFindings> {
  const listings = all.filter(({ storage }) => storage === name)
  const places = sets.flatMap((set) => set.places.filter(({ storage }) => storage === name).map((place) => ({ ...place, set: set.name, at: set.at })))
  const space = spec.kind === 'localfs' ? await spaceOf(spec.root) : undefined
  const known = typeof space === 'object' ? space : undefined
  // The number of sets is unknown if only a part of the storage could be read.
  const isCounted = listings.length > 0 && listings.every(({ isRead }) => isRead)
  const freeBytes = known?.freeBytes ?? null
  const view = {
    ...{
      name,
      kind: spec.kind,
      location: places[0]?.location ?? placeOf(spec) ?? spec.kind,
      ...decideState(spec, { listings, damaged: places.filter(({ state }) => state === 'damaged').length, space }),
    },
    ...{ totalBytes: known?.totalBytes ?? null, freeBytes },
    ...{ sets: isCounted ? places.length : null, setBytes: isCounted ? places.reduce((sum, { bytes }) => sum + bytes, 0) : null },
    ...{ newest: places[0]?.at ?? null, oldest: places.at(-1)?.at ?? null, checked: listings.length > 0 ? at : null },
  }
  return { view, listed: isCounted ? { name, places, freeBytes, device: known?.device } : undefined }
}

interface Space {
  readonly totalBytes: number
  readonly freeBytes: number
  /** Of the file system. */
  readonly device: number
}

/** The reason for which the free space is unknown. */
type NoSpace = string

interface Found {
  readonly listings: readonly StepListing[]
  /** The number of damaged sets. */
  readonly damaged: number
  readonly space: Space | NoSpace | undefined
}

function decideState({ kind }: StorageSpec, { listings, damaged, space }: Found): Pick<StorageView, 'state' | 'reason' | 'hint'> {
  const [failure] = listings.flatMap(({ failures }) => failures)
  if (failure !== undefined) return { state: 'failed', reason: failure.message, hint: failure.hint ?? null }
  if (damaged > 0) return { state: 'failed', reason: counted(damaged, 'damaged set'), hint: 'See "verify" for their problems.' }
  if (typeof space === 'object' && space.freeBytes < space.totalBytes * LOW_SHARE)
    return { state: 'warning', reason: 'less than 5 % of the storage is free', hint: null }
  if (kind === 'null') return { state: 'unknown', reason: 'the storage keeps no data', hint: null }
  if (!listings.some(({ isRead }) => isRead))
    return { state: 'unknown', reason: 'the storage was not read: no task stores sets on it', hint: 'Check whether a task needs it.' }
  if (typeof space === 'string') return { state: 'warning', reason: `could not read the free space: ${space}`, hint: null }
  return { state: 'ok', reason: null, hint: null }
}

/** Undefined for a folder that does not exist yet. A dead mount never responds. */
async function spaceOf(root: string): Promise<Space | NoSpace | undefined> {
  // With a trailing slash, a file at this path is an error.
  const reading = Promise.all([statfs(`${root}/`), stat(`${root}/`)])
  if (!(await settledWithin(LIMIT_MS, reading))) return 'timed out'
  return reading.then(
    ([{ blocks, bavail, bsize }, { dev: device }]) => ({ totalBytes: blocks * bsize, freeBytes: bavail * bsize, device }),
    (error: unknown) => (systemCode(error) === 'ENOENT' ? undefined : messageOf(error)),
  )
}
