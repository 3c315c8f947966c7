import type { RunSummary } from '../../../journal/run-record.ts'

/** From bad to good. */
export const TASK_STATES = ['failed', 'overdue', 'warning', 'unknown', 'ok'] as const
export type TaskState = (typeof TASK_STATES)[number]

export interface TaskFacts {
  /** Newest first: those that have ended, without those that were not let in. */
  readonly ended: readonly RunSummary[]
  readonly isRunning: boolean
  /** When a run was due that has not begun; undefined where none was. */
  readonly missed: Date | undefined
  /** Whether anything starts it: the crontab, as far as it can be read. */
  readonly isScheduled: boolean
}

export interface TaskJudgement {
  readonly state: TaskState
  /** Why it is not `ok`. */
  readonly reason: string | null
  readonly since: Date | null
}

/** How a task stands. What is due and has not begun is bad by itself, however the run before it ended. Decides only. */
export function judgeTask({ ended, isRunning, missed, isScheduled }: TaskFacts): TaskJudgement {
  const [last] = ended
  const failedSince = failures(ended)
  if (last !== undefined && isBad(last)) {
    const reason = last.error?.message ?? (last.state === 'killed' ? 'the run was killed' : `the run ended: ${last.state}`)
    return { state: 'failed', reason, since: failedSince.at(-1)?.began ?? last.began }
  }
  if (missed !== undefined && !isRunning)
    return { state: 'overdue', reason: `a run was due at ${missed.toISOString()} and has not begun`, since: missed }
  if (last === undefined) return isScheduled || isRunning ? { state: 'unknown', reason: 'no run has finished yet', since: null } : NOTHING_DUE
  if (last.state === 'ok') return { state: 'ok', reason: null, since: null }
  return { state: 'warning', reason: last.error?.message ?? last.notes[0] ?? 'the run succeeded with warnings', since: last.began }
}

const NOTHING_DUE: TaskJudgement = { state: 'ok', reason: null, since: null }

/** Whether nothing good came of a run. */
export function isBad({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'failed' || state === 'killed' || state === 'interrupted'
}

/** Those that failed since the last good one, newest first. */
export function failures(ended: readonly RunSummary[]): readonly RunSummary[] {
  const good = ended.findIndex((run) => !isBad(run))
  return good === -1 ? ended : ended.slice(0, good)
}
