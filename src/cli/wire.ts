import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Plan, StorageSpec } from '../plan/plan.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../process/processes.ts'
import type { RunEvent } from '../run/events.ts'
import { planLock } from '../run/plan-lock.ts'
import type { OpenSets, RunDeps } from '../run/run-context.ts'
import { lockTask } from '../run/task-lock.ts'
import { openStorage, type StorageDeps } from '../storage/open.ts'
import type { RootChoices } from './options.ts'
import { secretResolver } from './resolve-secret.ts'
import { recordFolder, stateFolder } from './state-folder.ts'
import type { World } from './world.ts'

export interface RunSettings {
  /** 0 = no limit. */
  readonly stallMs: number
  readonly runMs: number
  readonly acceptRoot: boolean
  readonly trustRoot: boolean
  /** Whether streams of visibility `verbose` are shown. */
  readonly verbose: boolean
  readonly stdout: 'stdout' | 'stderr'
  readonly progressMs?: number
  /** When the run began: one instant for all that is named after it. */
  readonly began: Date
  readonly emit: (event: RunEvent) => void
  /** Told of every secret that was read. */
  readonly onSecret?: (secret: string) => void
}

/** Everything that one run of the plan needs of the real world. Opens what the plan names when a step comes to it; the caller closes. */
export function wireRun(plan: Plan, world: World, settings: RunSettings): RunDeps & { close(): Promise<void> } {
  const { signals, clock, reach } = world
  const runId = newRunId(settings.began)
  const state = stateFolder(world.env, world.uid)
  const { stallMs, runMs, acceptRoot, trustRoot, onSecret, ...rest } = settings
  const resolveSecret = toldOf(secretResolver(world), onSecret)
  const processes = openProcesses({ runId, resolveSecret, ignoredSignals: signals.ignored(), recordFolder: recordFolder(world) })
  return {
    ...rest,
    plan,
    runId,
    host: hostname(),
    processes,
    signals,
    clock,
    limits: { pipelines: { ...DEFAULT_LIMITS, stallMs, runMs }, steps: { ...DEFAULT_LIMITS, stallMs: 0, runMs } },
    lock: planLock(plan, (task) => lockTask(join(state, 'locks'), { planFile: plan.file, task, pid: process.pid, since: clock() }, signals.stop)),
    trustsFolders: trustRoot,
    openSets: async (spec, note) => openSets(spec, { note, stateFolder: state, acceptRoot, trustRoot, resolveSecret, env: world.env, clock }),
    call: { signal: signals.stop, ...(reach && { reach }), ...(runMs > 0 && { waitLimitMs: runMs }) },
    close: () => processes.close(),
  }
}

function toldOf(resolve: ResolveSecret, onSecret: (secret: string) => void = () => undefined): ResolveSecret {
  return async (ref) => {
    const secret = await resolve(ref)
    if (secret !== '') onSecret(secret)
    return secret
  }
}

/** What a command needs of the world to open storages, and what its options say of their roots. */
export type OpeningWorld = Pick<World, 'env' | 'clock' | 'uid' | 'allowsUnsafe'> & Partial<RootChoices>

export function openingDeps(world: OpeningWorld): StorageDeps {
  const { env, clock, uid, acceptRoot, trustRoot } = world
  return { note: () => undefined, stateFolder: stateFolder(env, uid), acceptRoot, trustRoot, resolveSecret: secretResolver(world), env, clock }
}

/** The sets of a storage, opened to be looked at. The caller closes them. Nothing is made, remembered or swept. */
export async function openSetsToRead(spec: StorageSpec, world: OpeningWorld): Promise<OpenSets> {
  return openSets(spec, openingDeps(world))
}

async function openSets(spec: StorageSpec, deps: StorageDeps): Promise<OpenSets> {
  const [storage, { openSetStore }] = await Promise.all([openStorage(spec, deps), import('../backup/open-set-store.ts')])
  return { sets: openSetStore(storage, spec), close: () => storage.close() }
}

/** Sorts by time, names a folder, is not guessed twice: `20260102T030405Z-9f86d081`. */
export function newRunId(began: Date): string {
  return `${began.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z-${randomBytes(4).toString('hex')}`
}
