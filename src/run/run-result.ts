import type { AppError } from '../lib/errors.ts'

/** The result of a run. `warnings`: everything succeeded, with notes. */
export type RunStatus = 'ok' | 'warnings' | 'partial' | 'failed' | 'locked' | 'interrupted'

/** The state of the new set on one storage. */
export interface StorageOutcome {
  readonly task: string
  /** The name of the step. */
  readonly step: string
  readonly storage: string
  /** `stopped`: because of another failure. */
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
  /** Every published set, and storages that did not receive one; absent if there are none. */
  readonly storages?: readonly StorageOutcome[]
  /** Present if the status is failed, partial, locked or interrupted: the first cause. */
  readonly error?: AppError
  /** The location of the error: the innermost step. Absent if no step had begun. */
  readonly failedAt?: FailureLocation
  /** Present if interrupted by a signal, by which the process terminates. */
  readonly signal?: NodeJS.Signals
}

/** One step of a task. */
export interface StepLocation {
  readonly task: string
  /** Counted from 0. */
  readonly index: number
  /** Number of steps of the task. */
  readonly steps: number
  /** A description of the step. */
  readonly text: string
  /** The name of the step in the configuration. */
  readonly name?: string
  /** It only prints what it would do. */
  readonly dry?: true
}

export interface FailureLocation extends StepLocation {
  /** The object that failed first, if one failed. */
  readonly object?: string
}
