import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { openRedactor, type Redactor } from '../../lib/redactor/redactor.ts'
import type { Plan, StorageSpec } from '../../plan/plan.ts'
import type { ResolveSecret } from '../../plan/secret.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../../process/processes.ts'
import type { RunEvent } from '../../run/events.ts'
import { planLock } from '../../run/plan-lock.ts'
import type { OpenSets, RunDeps } from '../../run/run-context.ts'
import { lockTask } from '../../run/task-lock.ts'
import { openStorage, type StorageDeps } from '../../storage/open-storage.ts'
import type { Host } from './host.ts'
import { secretResolver } from './resolve-secret.ts'
import { sweepRestoreRemains } from './restore-remains.ts'
import { recordFolder, stateFolder } from './state-folder.ts'

/** The options of the request for roots of storages. */
export interface RootChoices {
  /** The current mounts are accepted, regardless of the recorded ones. */
  readonly acceptRoot: boolean
  /** Users who can write to them, or to a folder on their paths, are trusted. */
  readonly trustRoot: boolean
}

export interface RunSettings extends RootChoices {
  /** 0 = no limit. */
  readonly stallMs: number
  readonly runMs: number
  /** The user confirms that the clock is right. */
  readonly isClockConfirmed: boolean
  /** Whether streams with visibility `verbose` are shown. */
  readonly verbose: boolean
  readonly stdout: 'stdout' | 'stderr'
  /** See `RunDeps`. */
  readonly showStdout?: (text: string) => void
  readonly progressMs?: number
  readonly expectsSizes?: boolean
  /** When the run began: the time used in all names made by the run. */
  readonly began: Date
  /** See `RunDeps`. */
  readonly notes?: readonly string[]
  readonly emit: (event: RunEvent) => void
  /** See `RunDeps`. */
  readonly evidence?: NonNullable<RunDeps['evidence']>
  /** See `RunDeps`. */
  readonly restoreKeys?: NonNullable<RunDeps['restoreKeys']>
  /** Knows the secrets of the run; those that are read are added. */
  readonly redactor?: Redactor
}

/** The real host as needed by one run of the plan. Storages and other resources are opened when a step needs them; the caller closes them. */
export function wireRun(plan: Plan, host: Host, settings: RunSettings): RunDeps & { close(): Promise<void> } {
  const { signals, clock, failpoint } = host
  const runId = newRunId(settings.began)
  const state = stateFolder(host.env, host.uid)
  const { stallMs, runMs, acceptRoot, trustRoot, redactor = openRedactor(), ...rest } = settings
  const resolveSecret = adding(secretResolver(host), redactor)
  const processes = openProcesses({ runId, resolveSecret, redactor, ignoredSignals: signals.ignored(), recordFolder: recordFolder(host) })
  return {
    ...rest,
    plan,
    runId,
    ...ownHost(),
    processes,
    sweep: () => sweepRestoreRemains(host),
    signals,
    clock,
    limits: { pipelines: { ...DEFAULT_LIMITS, stallMs, runMs }, steps: { ...DEFAULT_LIMITS, stallMs: 0, runMs } },
    lock: planLock(plan, (task) => lockTask(join(state, 'locks'), { planFile: plan.file, task, pid: process.pid, since: clock() }, signals.stop)),
    trustsFolders: trustRoot,
    stateFolder: state,
    acceptsMounts: acceptRoot,
    openSets: async (spec, note) => openSets(spec, { note, stateFolder: state, acceptRoot, trustRoot, resolveSecret, env: host.env, clock }),
    call: { signal: signals.stop, ...(failpoint && { failpoint }), ...(runMs > 0 && { waitLimitMs: runMs }) },
    close: () => processes.close(),
  }
}

/** The name and the id of this host in manifests. */
function ownHost(): Pick<RunDeps, 'host' | 'hostId'> {
  const hostId = hostKey()
  return { host: hostname(), ...(hostId !== undefined && { hostId }) }
}

function adding(resolve: ResolveSecret, redactor: Redactor): ResolveSecret {
  return async (ref) => {
    const secret = await resolve(ref)
    redactor.add(secret)
    return secret
  }
}

/** What a command needs of the host to open storages, with its options for their roots. */
export type OpeningHost = Pick<Host, 'env' | 'clock' | 'uid' | 'allowsUnsafe'> & Partial<RootChoices>

export function openingDeps(host: OpeningHost): StorageDeps {
  const { env, clock, uid, acceptRoot, trustRoot } = host
  return { note: () => undefined, stateFolder: stateFolder(env, uid), acceptRoot, trustRoot, resolveSecret: secretResolver(host), env, clock }
}

/** The sets of a storage, opened for reading. The caller closes them. Nothing is created, recorded or swept. */
export async function openSetsToRead(spec: StorageSpec, host: OpeningHost): Promise<OpenSets> {
  return openSets(spec, openingDeps(host))
}

async function openSets(spec: StorageSpec, deps: StorageDeps): Promise<OpenSets> {
  const [storage, { openSetStore }] = await Promise.all([openStorage(spec, deps), import('../../backup/store/open-set-store.ts')])
  return { sets: openSetStore(storage, spec), close: () => storage.close() }
}

/** Sortable by time, usable as a folder name, and unique: `20260102T030405Z-9f86d081`. */
export function newRunId(began: Date): string {
  return `${began.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z-${randomBytes(4).toString('hex')}`
}

/** The processes of this program for an operation that is not a run of a task, or for the run with that id. The caller closes them. */
export function openHostProcesses(host: Host, runId: string = newRunId(host.clock())): Processes {
  const { signals } = host
  return openProcesses({ runId, resolveSecret: secretResolver(host), ignoredSignals: signals.ignored(), recordFolder: recordFolder(host) })
}
