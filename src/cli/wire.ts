import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { openSetStore } from '../backup/open-set-store.ts'
import type { Plan, StorageSpec } from '../plan/plan.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../process/processes.ts'
import type { RunEvent } from '../run/events.ts'
import type { OpenSets, RunDeps } from '../run/run-context.ts'
import { lockTask } from '../run/task-lock.ts'
import { openStorage } from '../storage/open.ts'
import { secretResolver } from './resolve-secret.ts'
import { stateFolder } from './state-folder.ts'
import type { World } from './world.ts'

export interface RunSettings {
  /** 0 = no limit. */
  readonly stallMs: number
  readonly runMs: number
  readonly acceptRoot: boolean
  /** Whether streams of visibility `verbose` are shown. */
  readonly verbose: boolean
  readonly stdout: 'stdout' | 'stderr'
  readonly progressMs?: number
  readonly emit: (event: RunEvent) => void
}

/** Everything that one run of the plan needs of the real world. Opens what the plan names when a step comes to it; the caller closes. */
export function wireRun(plan: Plan, world: World, settings: RunSettings): RunDeps & { close(): Promise<void> } {
  const { signals, clock, reach } = world
  const runId = newRunId(clock())
  const state = stateFolder(world.env, world.uid)
  const processes = openProcesses({ runId, resolveSecret: secretResolver(world.env), ignoredSignals: signals.ignored() })
  const { stallMs, runMs, acceptRoot, ...rest } = settings
  return {
    ...rest,
    plan,
    runId,
    host: hostname(),
    processes,
    signals,
    clock,
    limits: { pipelines: { ...DEFAULT_LIMITS, stallMs, runMs }, steps: { ...DEFAULT_LIMITS, stallMs: 0, runMs } },
    lock: (task) => lockTask(join(state, 'locks'), { planFile: plan.file, task, pid: process.pid, since: clock() }),
    openSets: async ({ storage }, note) => openSets(storage, { note, stateFolder: state, acceptRoot }),
    call: { signal: signals.stop, ...(reach && { reach }) },
    close: () => processes.close(),
  }
}

/** The sets of a storage, opened to be looked at. The caller closes them. Nothing is made, remembered or swept. */
export async function openSetsToRead(spec: StorageSpec): Promise<OpenSets> {
  return openSets(spec, { note: () => undefined })
}

async function openSets(spec: StorageSpec, deps: Parameters<typeof openStorage>[1]): Promise<OpenSets> {
  const storage = openStorage(spec, deps)
  return { sets: openSetStore(storage, spec), close: () => storage.close() }
}

/** Sorts by time, names a folder, is not guessed twice: `20260102T030405Z-9f86d081`. */
export function newRunId(began: Date): string {
  return `${began.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z-${randomBytes(4).toString('hex')}`
}
