import type { AppError } from '../lib/errors.ts'

/** How a run ended. `warnings`: everything was done, something was noted on the way. */
export type RunStatus = 'ok' | 'warnings' | 'partial' | 'failed' | 'locked' | 'interrupted'

export interface RunResult {
  readonly runId: string
  readonly task: string
  readonly status: RunStatus
  readonly began: Date
  readonly ended: Date
  readonly notes: readonly string[]
  /** Present when the status is failed, partial, locked or interrupted: the first cause. */
  readonly error?: AppError
  /** Where the error came up: the innermost step. Absent when no step had begun. */
  readonly failedAt?: FailurePlace
  /** Present when interrupted by a signal: the process shall die by it. */
  readonly signal?: NodeJS.Signals
}

/** One step of a task. */
export interface StepPlace {
  readonly task: string
  /** Counted from 0. */
  readonly index: number
  /** How many steps the task has. */
  readonly steps: number
  /** The step in words. */
  readonly text: string
}

export interface FailurePlace extends StepPlace {
  /** The object that failed first, where it was one that failed. */
  readonly object?: string
}
