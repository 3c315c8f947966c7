import { MINUTE_MS } from '../../lib/durations.ts'
import type { PeriodRule } from '../../plan/times/period-rule.ts'
import { type LocalMinute, localMinute, matchesPeriod } from './period-match.ts'

/**
 * Whether a period is due: its schedule matches a minute after the last copy, or that of this run. Without a last copy, only that of this run. As for
 * all schedules, minutes skipped by a change to daylight saving time are at the end of the gap, and those repeated by a change back count once.
 */
export function isDue(rule: PeriodRule, began: Date, last: Date | undefined): boolean {
  const minute = startOfMinute(began)
  // A later date was recorded before the clock was set back.
  const known = last === undefined || last > minute ? minute.getTime() : last.getTime()
  const after = new Date(Math.min(known, minute.getTime() - MINUTE_MS))
  if (latestMatch(rule, { after, at: minute }) !== undefined) return true
  // A schedule of every hour includes the repeated one.
  return rule.hour === 'any' && matchesPeriod(rule, localMinute(minute))
}

export function startOfMinute(at: Date): Date {
  return new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS)
}

interface Span {
  /** Later than this. */
  readonly after: Date
  /** Not later than this. */
  readonly at: Date
}

const MINUTES_OF_DAY = 1440

/** The latest instant at which the schedule matches. */
function latestMatch(rule: PeriodRule, { after, at }: Span): Date | undefined {
  for (const midnight of daysBackFrom(at, after)) {
    const found = instantsOf(rule, midnight).find((instant) => instant <= at)
    if (found !== undefined) return found > after ? found : undefined
  }
  return undefined
}

/** The days down to that of `after`, in local time. */
function* daysBackFrom(at: Date, after: Date): Generator<LocalMinute, void> {
  const { year, month, day } = localMinute(at)
  for (let back = 0; ; back++) {
    const date = new Date(Date.UTC(year, month - 1, day - back))
    const midnight = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: 0, minute: 0 }
    yield midnight
    if (instantOf(midnight) <= after) return
  }
}

/** When the schedule matches on a day, latest first. */
function instantsOf(rule: PeriodRule, midnight: LocalMinute): readonly Date[] {
  if (!matchesPeriod({ ...rule, minute: 'any', hour: 'any' }, midnight)) return []
  const minutes = Array.from({ length: MINUTES_OF_DAY }, (_, index) => MINUTES_OF_DAY - 1 - index)
  return minutes
    .map((minute) => ({ ...midnight, hour: Math.floor(minute / 60), minute: minute % 60 }))
    .filter((minute) => matchesPeriod(rule, minute))
    .map(instantOf)
}

/** The instant of a local minute: the first one, if it occurs twice; the end of the gap, if it is skipped. */
function instantOf(wanted: LocalMinute): Date {
  const found = new Date(wanted.year, wanted.month - 1, wanted.day, wanted.hour, wanted.minute)
  if (found.getHours() === wanted.hour && found.getMinutes() === wanted.minute) return found
  // A skipped minute is interpreted with the time difference before the gap, so this is after it.
  const offset = found.getTimezoneOffset()
  let end = found.getTime()
  while (new Date(end - MINUTE_MS).getTimezoneOffset() === offset) end -= MINUTE_MS
  return new Date(end)
}
