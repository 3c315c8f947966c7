import type { ScheduleSpec } from '../plan/plan.ts'
import { parseTimes } from '../plan/times/times.ts'
import { nextRuns } from './next-runs.ts'

/** Whether a schedule has no run from now on, such as one for a date that does not exist or has passed. Throws `schedule/bad-times`. */
export function neverOccurs(schedule: Pick<ScheduleSpec, 'words' | 'matchAllDays'>, now: Date): boolean {
  return !schedule.words.some((it) => parseTimes(it).kind === 'reboot') && nextRuns(schedule, { after: now, count: 1 }).length === 0
}
