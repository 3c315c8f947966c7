import { statfs } from 'node:fs/promises'
import type { AppError } from '../../lib/errors.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { BackupTarget, StorageSpec } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import { storagesOf } from '../../plan/steps/storages-of.ts'
import { storageName } from './overview/read-overview.ts'
import type { PlanCache } from './plan-cache.ts'
import type { SetList, Sets } from './sets/set-list.ts'

/** A storage as it stands. */
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
}

const LIMIT_MS = 5000
const LOW_SHARE = 0.05

/** All storages that the configuration names or uses. */
export async function readStorages({ plans, sets }: { readonly plans: PlanCache; readonly sets: Sets }): Promise<readonly StorageView[]> {
  const plan = await plans.plan()
  const list = await sets.list()
  const used = setsOf(plan).flatMap(({ targets }) => targets)
  const named = [...storagesOf(plan)].map(([name, storage]): Pick<BackupTarget, 'name' | 'storage'> => ({ name, storage }))
  const byName = new Map([...named, ...used].map((target) => [storageName(target), target.storage] as const))
  return Promise.all([...byName].map(([name, spec]) => viewOf(name, spec, list)))
}

async function viewOf(name: string, spec: StorageSpec, { sets, failures, at: checked }: SetList): Promise<StorageView> {
  const places = sets.flatMap(({ at, places: all }) => all.filter(({ storage }) => storage === name).map((place) => ({ ...place, at })))
  const space = spec.kind === 'localfs' ? await spaceOf(spec.root) : undefined
  const location = places[0]?.location ?? (spec.kind === 'localfs' ? spec.root : spec.kind)
  const failure = failures.find(({ message }) => message.includes(JSON.stringify(location)) || message.includes(name))
  return {
    ...{ name, kind: spec.kind, location, checked, ...judge(failure, space) },
    ...{ totalBytes: space?.totalBytes ?? null, freeBytes: space?.freeBytes ?? null },
    ...{ sets: places.length, setBytes: places.reduce((sum, { bytes }) => sum + bytes, 0) },
    ...{ newest: places[0]?.at ?? null, oldest: places.at(-1)?.at ?? null },
  }
}

interface Space {
  readonly totalBytes: number
  readonly freeBytes: number
}

function judge(failure: AppError | undefined, space: Space | undefined): Pick<StorageView, 'state' | 'reason' | 'hint'> {
  if (failure !== undefined) return { state: 'failed', reason: failure.message, hint: failure.hint ?? null }
  const isLow = space !== undefined && space.freeBytes < space.totalBytes * LOW_SHARE
  return isLow ? { state: 'warning', reason: 'less than 5 % of the storage is free', hint: null } : { state: 'ok', reason: null, hint: null }
}

/** A dead mount never answers. */
async function spaceOf(root: string): Promise<Space | undefined> {
  const asking = statfs(root)
  if (!(await settledWithin(LIMIT_MS, asking))) return undefined
  return asking.then(
    ({ blocks, bavail, bsize }) => ({ totalBytes: blocks * bsize, freeBytes: bavail * bsize }),
    () => undefined,
  )
}
