import type { EvidenceLog } from '../backup/evidence/evidence-log.ts'
import type { RestoreKeys } from '../backup/filter/restore-commands.ts'
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

/** The dependencies of a run. */
export interface RunDeps {
  readonly plan: Plan
  readonly runId: string
  /** This host's name, for manifests. */
  readonly host: string
  /** Identifies this host in manifests, also after it was renamed. Absent: unknown. */
  readonly hostId?: string
  readonly processes: Processes
  readonly signals: Signals
  readonly clock: () => Date
  /** When the run began, if already determined; absent: read from the clock. */
  readonly began?: Date
  readonly limits: { readonly pipelines: Limits; readonly steps: Limits }
  /** Whether streams with visibility `verbose` are shown. */
  readonly verbose: boolean
  /** For an observer: how often the sizes of unfinished objects are reported. Absent: never. */
  readonly progressMs?: number
  /** Whether it displays the sizes of the last set beside them. */
  readonly expectsSizes?: boolean
  /** The destination of the steps' stdout: stderr if stdout is used for other output. */
  readonly stdout: 'stdout' | 'stderr'
  /** Writes to `stdout`. Absent: the stdout of steps that is observed is not shown. */
  readonly showStdout?: (text: string) => void
  /** Trusts users who can write to a folder of dated files, or to a folder above it. */
  readonly trustsFolders?: boolean
  /** The records of sets on this host. Absent: nothing is put on record. */
  readonly evidence?: EvidenceLog
  /** The folder for records of this host. Absent: steps record nothing. */
  readonly stateFolder?: string
  /** The current mounts are accepted, regardless of the recorded ones. */
  readonly acceptsMounts?: boolean
  /** The user confirms that the clock is right: time-based rules are not suspended if it seems to have jumped ahead. */
  readonly isClockConfirmed?: boolean
  /** About the preparation of the run: they become its first notes. */
  readonly notes?: readonly string[]
  /** Removes what killed restores left on this host. Resolves with notes. Never rejects. */
  sweep?(): Promise<readonly string[]>
  /** The keys for reading sets that were encrypted. Absent: none. */
  readonly restoreKeys?: () => Promise<RestoreKeys>
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

/** The context of one step. */
export interface StepContext {
  readonly deps: RunDeps
  readonly task: string
  /** When the run began: the time used in all names made by the run. */
  readonly began: Date
  /** Emits an event of this task. Notes among them become notes of the result. */
  emit(event: BackupEvent | ArchiveEvent | OutputEvent): void
  note(text: string): void
  /** Reports a partial success: some storages have everything, one does not, for this reason. The run continues, and ends as partial. */
  partial(error: AppError): void
  /** Runs another task of the plan at this point, to its end. */
  runTask(name: string): Promise<void>
}

/** Whether a stream with this visibility is shown, given whether `verbose` ones are. */
export function isShown(visibility: Visibility, verbose: boolean): boolean {
  return visibility === 'always' || (visibility === 'verbose' && verbose)
}
