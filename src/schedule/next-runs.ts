import { Cron } from 'croner'
import type { ScheduleSpec } from '../plan/plan.ts'
import type { CalendarTimes } from '../plan/times/calendar.ts'
import { CRON_FIELDS, type CronTimes, DAY_OF_WEEK } from '../plan/times/cron.ts'
import { valuesOf } from '../plan/times/number-list.ts'
import { parseTimes } from '../plan/times/times.ts'

export interface NextRunsOptions {
  /** Later than this, not at it. */
  readonly after: Date
  readonly count: number
  /** A time zone of the IANA database; absent: that of the host. A schedule's own time zone takes precedence. */
  readonly timeZone?: string | undefined
}

/**
 * The next scheduled runs, in order, without duplicates. Local times skipped by a change to daylight saving time occur at the end of the gap; those
 * repeated by a change back occur once. `@reboot` never occurs, and neither does a past date. Throws `schedule/bad-times`.
 */
export function nextRuns({ words, matchAllDays = false }: Pick<ScheduleSpec, 'words' | 'matchAllDays'>, asked: NextRunsOptions): readonly Date[] {
  const moments = words.flatMap((text) => nextOf(text, matchAllDays, asked)).map((date) => date.getTime())
  return [...new Set(moments)]
    .toSorted((a, b) => a - b)
    .slice(0, asked.count)
    .map((moment) => new Date(moment))
}

function nextOf(text: string, matchAllDays: boolean, asked: NextRunsOptions): readonly Date[] {
  const times = parseTimes(text)
  if (times.kind === 'reboot') return []
  if (times.kind === 'cron') return cronFor(cronPattern(times), { ...asked, matchAllDays }).nextRuns(asked.count, asked.after)
  const cron = cronFor(calendarPattern(times), { timeZone: times.zone ?? asked.timeZone, matchAllDays: true })
  return times.isFromEnd ? fromEnd(cron, times, asked) : cron.nextRuns(asked.count, asked.after)
}

function cronFor(pattern: string, { timeZone, matchAllDays }: { readonly timeZone?: string | undefined; readonly matchAllDays: boolean }): Cron {
  return new Cron(pattern, { domAndDow: matchAllDays, paused: true, ...(timeZone !== undefined && { timezone: timeZone }) })
}

// Expanded to numbers, so that croner and Holdfast's parser agree; "*" is kept, because it determines whether days of both kinds must match.
function cronPattern({ fields }: CronTimes): string {
  const texts = fields.map((elements, index) => {
    if (elements[0]?.text.startsWith('*') === true && elements[0].step === 1) return '*'
    return valuesOf(elements, CRON_FIELDS[index] ?? DAY_OF_WEEK).join(',')
  })
  return texts.join(' ')
}

function calendarPattern({ weekdays, years, months, days, isFromEnd, hours, minutes, seconds }: CalendarTimes): string {
  const all = (values: readonly number[], count: number) => (values.length >= count ? '*' : values.join(','))
  const day = isFromEnd ? '*' : all(days, 31)
  return [all(seconds, 60), all(minutes, 60), all(hours, 24), day, all(months, 12), all(weekdays, 7), all(years, 230)].join(' ')
}

// A month has at most 31 days, and the rarest of these dates (29 February) occurs within eight years.
const LOOKED_AT = 8 * 366

/** Croner does not support days counted from the end of the month: every day is checked. */
function fromEnd(cron: Cron, { days }: CalendarTimes, { after, count }: NextRunsOptions): readonly Date[] {
  const found: Date[] = []
  let last = after
  for (let look = 0; look < LOOKED_AT * count && found.length < count; look++) {
    const next = cron.nextRun(last)
    if (next === null) break
    last = next
    if (days.includes(daysToEnd(next, cron))) found.push(next)
  }
  return found
}

/** 1 on the last day of the month, in the time zone of the schedule. */
function daysToEnd(date: Date, { options }: Cron): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: options.timezone, year: 'numeric', month: 'numeric', day: 'numeric' }).formatToParts(date)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return new Date(Date.UTC(of('year'), of('month'), 0)).getUTCDate() - of('day') + 1
}
