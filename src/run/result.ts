import type { AppError } from '../lib/errors.ts'

/** How a run ended. `warnings`: everything was done, something was noted on the way. */
export type RunStatus = 'ok' | 'warnings' | 'partial' | 'failed' | 'locked' | 'interrupted'

/** What became of the new set on one storage. */
export interface StorageOutcome {
  readonly task: string
  /** The name of the step. */
  readonly step: string
  readonly storage: string
  /** `stopped`: something else had failed. */
  readonly status: 'published' | 'failed' | 'stopped'
  readonly set: string
  /** Why it failed. */
  readonly message?: string
}

export interface RunResult {
  readonly runId: string
  readonly task: string
  readonly status: RunStatus
  readonly began: Date
  readonly ended: Date
  readonly notes: readonly string[]
  /** Every set that was published, and those that one of several storages did not get; absent when there are none. */
  readonly storages?: readonly StorageOutcome[]
  /** Present when the status is failed, partial, locked or interrupted: the first cause. */
  readonly error?: AppError
  /** Where the error came up: the innermost step. Absent when no step had begun. */
  readonly failedAt?: FailureLocation
  /** Present when interrupted by a signal: the process is to terminate by it. */
  readonly signal?: NodeJS.Signals
}

/** One step of a task. */
export interface StepLocation {
  readonly task: string
  /** Counted from 0. */
  readonly index: number
  /** How many steps the task has. */
  readonly steps: number
  /** The step in words. */
  readonly text: string
  /** What the configuration calls the step. */
  readonly name?: string
  /** It only prints what it would do. */
  readonly dry?: true
}

export interface FailureLocation extends StepLocation {
  /** The object that failed first, where it was one that failed. */
  readonly object?: string
}
