import type { BackupEvent } from '../backup/set/events.ts'
import type { SetStore } from '../backup/set/set-store.ts'
import type { ArchiveEvent } from '../file-sets/events.ts'
import type { AppError } from '../lib/errors.ts'
import type { Visibility } from '../plan/command.ts'
import type { Plan, StorageSpec } from '../plan/plan.ts'
import type { Limits, Processes } from '../process/processes.ts'
import type { OperationContext } from '../storage/storage.ts'
import type { OutputEvent, RunEvent } from './events.ts'
import type { Signals } from './signals.ts'
import type { TaskLock } from './task-lock.ts'

/** What a run gets from its caller. */
export interface RunDeps {
  readonly plan: Plan
  readonly runId: string
  /** This host's name, for manifests. */
  readonly host: string
  readonly processes: Processes
  readonly signals: Signals
  readonly clock: () => Date
  /** When the run began, where that was settled before it; absent = by the clock. */
  readonly began?: Date
  readonly limits: { readonly pipelines: Limits; readonly steps: Limits }
  /** Whether streams with visibility `verbose` are shown. */
  readonly verbose: boolean
  /** Somebody watches: how often objects in the making tell their size. Absent: never. */
  readonly progressMs?: number
  /** Where shown stdout of steps' commands is written: stderr when stdout is used for something else. */
  readonly stdout: 'stdout' | 'stderr'
  /** Trusts users who can write to a folder of dated files, or to a folder above it. */
  readonly trustsFolders?: boolean
  /** Somebody says that the clock is right: rules of time do not wait where it seems to have jumped ahead. */
  readonly isClockConfirmed?: boolean
  lock(task: string): Promise<TaskLock>
  /** Opens a storage of a step. The caller closes it. */
  openSets(spec: StorageSpec, note: (text: string) => void): Promise<OpenSets>
  emit(event: RunEvent): void
  readonly call: OperationContext
}

export interface OpenSets {
  readonly sets: SetStore
  close(): Promise<void>
}

/** What one step sees of its run. */
export interface StepContext {
  readonly deps: RunDeps
  readonly task: string
  /** When the run began: the time used in all names made by the run. */
  readonly began: Date
  /** Tells an event of this task. Notes among them become the result's notes. */
  tell(event: BackupEvent | ArchiveEvent | OutputEvent): void
  note(text: string): void
  /** The step did what it could: some storages have what they should, one has not, for this reason. The run goes on, and ends as partial. */
  partial(error: AppError): void
  /** Runs another task of the plan here, to its end. */
  runTask(name: string): Promise<void>
}

/** Whether a stream of this visibility reaches our own, given whether `verbose` ones do. */
export function isShown(visibility: Visibility, verbose: boolean): boolean {
  return visibility === 'always' || (visibility === 'verbose' && verbose)
}
