import { stat } from 'node:fs/promises'
import { decideAgeLimits } from '../../check/freshness/limits.ts'
import type { CheckResult } from '../../check/result.ts'
import { formatDuration } from '../../lib/format.ts'
import type { Plan, Task } from '../../plan/plan.ts'

/** Nothing is on record of what was asked about. */
export const NO_RUNS: CheckResult = {
  status: 'unknown',
  reason: 'no runs are recorded',
  hint: 'Run a task, or run the check as the user that runs the tasks (HOLDFAST_STATE).',
  facts: [],
}

/**
 * Whether a task of which no run is on record should have run by now, by its schedule. It is merely new while the configuration, or the record, has been there
 * for no longer than it takes until its first run is late. Undefined: it is, or no schedule says anything. Decides only.
 */
export function decideMissing({ name, schedule }: Pick<Task, 'name' | 'schedule'>, since: Date, now: Date): CheckResult | undefined {
  const { warnMs = Infinity } = decideAgeLimits({}, schedule)
  const ageMs = now.getTime() - since.getTime()
  if (ageMs <= warnMs) return undefined
  const reason = `"${name}" has a schedule, but no run of it was recorded in the last ${formatDuration(ageMs)}`
  return { status: 'unknown', reason, hint: 'Check its timer or crontab line, and that tasks are run by the same user.', facts: [] }
}

/** Since when every task of the plan has been there in any case: its files may have been changed for another reason. */
export async function planChangedAt({ files }: Pick<Plan, 'files'>): Promise<Date> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)))
  return new Date(Math.max(0, ...found.map((it) => it?.mtimeMs ?? 0)))
}
