import type { FreshnessCheck } from '../../plan/check.ts'
import type { Task } from '../../plan/plan.ts'
import { longestGapMs } from '../../plan/times/longest-gap.ts'

/** How old the last set may be. Absent: as old as it likes. */
export interface AgeLimits {
  readonly warnMs?: number
  readonly failMs?: number
}

const LEAST_ALLOWANCE_MS = 2 * 3600_000

/**
 * The limits that the check names; else those that follow from the task's schedule: a warning when the next set should have been there for a while, a failure
 * when the one after it should. A set bears the time when it was begun, and is there when it is done, so a run's own time is allowed for: a quarter
 * of the time between two runs, two hours at least. No schedule that is understood: no limits.
 */
export function decideAgeLimits({ warnMs, failMs }: Pick<FreshnessCheck, 'warnMs' | 'failMs'>, schedule: Task['schedule']): AgeLimits {
  if (warnMs !== undefined || failMs !== undefined) return { ...(warnMs !== undefined && { warnMs }), ...(failMs !== undefined && { failMs }) }
  const gapMs = longestGapMs(schedule?.words ?? [])
  if (schedule === undefined || gapMs === undefined) return {}
  const allowanceMs = schedule.jitterMs + Math.max(LEAST_ALLOWANCE_MS, gapMs / 4)
  return { warnMs: gapMs + allowanceMs, failMs: 2 * gapMs + allowanceMs }
}
