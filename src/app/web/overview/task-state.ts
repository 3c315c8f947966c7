import type { RunSummary } from '../../../journal/run-record.ts'

/** From bad to good. `unknown`: scheduled, but without a finished run. `never-run`: neither; this is no problem, but not good either. */
export const TASK_STATES = ['failed', 'overdue', 'warning', 'unknown', 'never-run', 'ok'] as const
export type TaskState = (typeof TASK_STATES)[number]

export interface TaskFacts {
  /** Newest first: the runs that have ended, except those rejected by a lock. */
  readonly ended: readonly RunSummary[]
  readonly isRunning: boolean
  /** Whether the first of `ended` is dated in the future. */
  readonly isAhead?: boolean
  /** The time at which a run was due that has not begun; undefined if none was. */
  readonly missed: Date | undefined
  /** Whether the task is scheduled, as far as this can be determined. */
  readonly isScheduled: boolean
}

export interface TaskDecision {
  readonly state: TaskState
  /** The reason for a state other than `ok`. */
  readonly reason: string | null
  readonly since: Date | null
}

/** Determines the state of a task. A run that was due and has not begun is a problem in itself, regardless of the previous run. Decides only. */
export function decideTaskState({ ended, isRunning, isAhead = false, missed, isScheduled }: TaskFacts): TaskDecision {
  const [last] = ended
  const failedSince = failures(ended)
  if (last !== undefined && isBad(last)) {
    const reason = last.error?.message ?? (last.state === 'killed' ? 'the run was killed' : `the run ended: ${last.state}`)
    return { state: 'failed', reason, since: failedSince.at(-1)?.began ?? last.began }
  }
  if (missed !== undefined && !isRunning)
    return { state: 'overdue', reason: `a run was due at ${missed.toISOString()} and has not begun`, since: missed }
  if (last === undefined) {
    if (isScheduled || isRunning) return { state: 'unknown', reason: 'no run has finished yet', since: null }
    return { state: 'never-run', reason: 'the task has never run and is not scheduled', since: null }
  }
  if (isAhead) return { state: 'warning', reason: 'the last run is dated in the future', since: null }
  if (last.state === 'ok') return { state: 'ok', reason: null, since: null }
  return { state: 'warning', reason: last.error?.message ?? last.notes[0] ?? 'the run succeeded with warnings', since: last.began }
}

/** Whether a run produced no good result. */
export function isBad({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'failed' || state === 'killed' || state === 'interrupted'
}

/** The runs that failed since the last good one, newest first. */
export function failures(ended: readonly RunSummary[]): readonly RunSummary[] {
  const good = ended.findIndex((run) => !isBad(run))
  return good === -1 ? ended : ended.slice(0, good)
}
