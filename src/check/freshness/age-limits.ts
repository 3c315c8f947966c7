import type { FreshnessCheck } from '../../plan/check.ts'
import type { Task } from '../../plan/plan.ts'
import { longestGapMs } from '../../plan/times/longest-gap.ts'

/** Age limits of the last set. Absent: unlimited. */
export interface AgeLimits {
  readonly warnMs?: number
  readonly failMs?: number
}

const LEAST_ALLOWANCE_MS = 2 * 3600_000

/**
 * The limits of the check; otherwise derived from the task's schedule: a warning if the next set is overdue, a failure if the one after it is. The
 * name of a set is the time at which it was begun, so the duration of the run is added: a quarter of the time between two runs, at least two hours.
 * Without a supported schedule, there are no limits.
 */
export function decideAgeLimits({ warnMs, failMs }: Pick<FreshnessCheck, 'warnMs' | 'failMs'>, schedule: Task['schedule']): AgeLimits {
  if (warnMs !== undefined || failMs !== undefined) return { ...(warnMs !== undefined && { warnMs }), ...(failMs !== undefined && { failMs }) }
  const gapMs = longestGapMs(schedule?.words ?? [])
  if (schedule === undefined || gapMs === undefined) return {}
  const allowanceMs = schedule.jitterMs + Math.max(LEAST_ALLOWANCE_MS, gapMs / 4)
  return { warnMs: gapMs + allowanceMs, failMs: 2 * gapMs + allowanceMs }
}
