import { text as textOf } from 'node:stream/consumers'
import { holdNameOf, readHolds } from '../../../backup/keep/holds.ts'
import type { Manifest } from '../../../backup/set/manifest.ts'
import type { SetStore } from '../../../backup/set/set-store.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Plan } from '../../../plan/plan.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import type { OperationContext } from '../../../storage/storage.ts'
import { eachSetStore } from '../../sets/each-set-store.ts'
import { storageName } from '../overview/read-overview.ts'
import { collecting, type WebHost } from '../web-host.ts'

export interface SetQuery {
  readonly task: string
  readonly set: string
  /** Absent: the first storage that has the set. */
  readonly storage: string | undefined
}

/** A hold of the set on one storage. */
export interface HoldView {
  readonly storage: string
  readonly reason: string
  /** Null: until it is released. */
  readonly until: Date | null
}

export interface ReadSet {
  readonly manifest: Manifest | undefined
  readonly guide: string | undefined
  readonly holds: readonly HoldView[]
  readonly failures: readonly AppError[]
}

const MAX_GUIDE_BYTES = 1024 * 1024

/** The manifest and the guide of a set, from the first storage from which both can be read, and its holds on all of them. */
export async function readSet({ task, set, storage }: SetQuery, plan: Plan, host: WebHost): Promise<ReadSet> {
  const collected = collecting(host)
  const call = { signal: host.signals.stop }
  let found: Pick<ReadSet, 'manifest' | 'guide'> | undefined
  const owned = setsOf(plan)
    .filter((it) => it.task === task)
    .map((it) => ({ ...it, targets: it.targets.filter((target) => storage === undefined || storageName(target) === storage) }))
  const holds: HoldView[] = []
  await eachSetStore(owned, collected.host, async (sets, { target }) => {
    const held = await holdIn(sets, set, { now: host.clock(), call })
    if (held !== undefined) holds.push({ storage: storageName(target), ...held })
    if (found?.manifest !== undefined) return
    // Only an exact match of the name is accepted, because the name is part of an address.
    if (!(await sets.names(call)).includes(set)) return
    const failed = (error: unknown) => {
      if (!(error instanceof AppError)) throw error
      collected.host.fail(error)
      return undefined
    }
    const files = (await sets.listFiles(set, call).catch(failed)) ?? []
    const guideFile = files.find(({ path, bytes }) => path === 'RESTORE.md' && bytes <= MAX_GUIDE_BYTES)
    const [manifest, guide] = await Promise.all([
      sets.readManifest(set, call).catch(failed),
      guideFile && sets.openObject(set, 'RESTORE.md', call).then(textOf).catch(failed),
    ])
    found = { manifest, guide }
  })
  return { manifest: found?.manifest, guide: found?.guide, holds, failures: collected.failures }
}

async function holdIn(
  { sideFiles }: SetStore,
  set: string,
  { now, call }: { readonly now: Date; readonly call: OperationContext },
): Promise<Omit<HoldView, 'storage'> | undefined> {
  const name = holdNameOf(set)
  if (sideFiles === undefined || !(await sideFiles.names(name, call)).includes(name)) return undefined
  const held = (await readHolds(sideFiles, { names: [name], now }, call)).get(set)
  return held && { reason: held.reason, until: held.until ?? null }
}
