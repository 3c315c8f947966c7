import { type CalendarTimes, calendarRecurrence, parseCalendar } from './calendar.ts'
import { badNickname, type CronTimes, cronRecurrence, isNickname, parseCron } from './cron.ts'
import { type Recurrence, TimesError } from './recurrence.ts'

/** The schedule of a task, parsed once: for checks, crontabs, freshness and next runs. */
export type Times = CronTimes | CalendarTimes | { readonly kind: 'reboot' }

/**
 * Parses a cron expression with five fields, a nickname of cron in upper or lower case (`@daily`), or a systemd calendar expression. Throws
 * `schedule/bad-times`.
 */
export function parseTimes(text: string): Times {
  const written = text.trim()
  if (written.startsWith('@')) {
    if (written.toLowerCase() === '@reboot') return { kind: 'reboot' }
    if (!isNickname(written)) throw badNickname(written)
  }
  return looksLikeCron(written) ? parseCron(written) : parseCalendar(written)
}

/** Whether cron supports it. */
export function isCrontabTimes(text: string): boolean {
  try {
    return parseTimes(text).kind !== 'calendar'
  } catch (error) {
    if (error instanceof TimesError) return false
    throw error
  }
}

/** Five or six parts, or a nickname: errors are then described in terms of cron. Calendar expressions have at most four parts. */
function looksLikeCron(text: string): boolean {
  return text.startsWith('@') || text.split(/\s+/u).length > 4
}

/** Undefined for `@reboot`, which is not a time. */
export function recurrenceOf(times: Times, options: { readonly matchAllDays?: boolean } = {}): Recurrence | undefined {
  if (times.kind === 'reboot') return undefined
  return times.kind === 'cron' ? cronRecurrence(times, options) : calendarRecurrence(times)
}
