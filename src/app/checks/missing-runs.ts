import { stat } from 'node:fs/promises'
import { decideAgeLimits } from '../../check/freshness/limits.ts'
import type { CheckResult } from '../../check/result.ts'
import { formatDuration } from '../../lib/format.ts'
import type { Plan, Task } from '../../plan/plan.ts'

/** No runs of the requested tasks are recorded. */
export const NO_RUNS: CheckResult = {
  status: 'unknown',
  reason: 'no runs are recorded',
  hint: 'Run a task, or run the check as the user that runs the tasks (HOLDFAST_STATE).',
  facts: [],
}

/**
 * Whether a run of a task without recorded runs is overdue by its schedule. The task is considered new as long as the configuration, or the records,
 * are younger than the limit for its first run. Undefined: new, or without a schedule. Decides only.
 */
export function decideMissing({ name, schedule }: Pick<Task, 'name' | 'schedule'>, since: Date, now: Date): CheckResult | undefined {
  const { warnMs = Infinity } = decideAgeLimits({}, schedule)
  const ageMs = now.getTime() - since.getTime()
  if (ageMs <= warnMs) return undefined
  const reason = `"${name}" has a schedule, but no run of it was recorded in the last ${formatDuration(ageMs)}`
  return { status: 'unknown', reason, hint: 'Check its timer or crontab line, and that tasks are run by the same user.', facts: [] }
}

/** A time since which every task of the plan has certainly existed: its files may have been changed for another reason. */
export async function planChangedAt({ files }: Pick<Plan, 'files'>): Promise<Date> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)))
  return new Date(Math.max(0, ...found.map((it) => it?.mtimeMs ?? 0)))
}
