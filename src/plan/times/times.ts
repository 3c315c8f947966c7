import { type CalendarTimes, calendarRecurrence, parseCalendar } from './calendar.ts'
import { badNickname, type CronTimes, cronRecurrence, isNickname, parseCron } from './cron.ts'
import { type Recurrence, TimesError } from './recurrence.ts'

/** When a task wants to run, read once: what checks, crontabs, freshness and next runs go by. */
export type Times = CronTimes | CalendarTimes | { readonly kind: 'reboot' }

/** Reads a cron expression of five fields, a nickname of cron in upper or lower case (`@daily`), or calendar words of systemd. Throws `schedule/bad-times`. */
export function parseTimes(text: string): Times {
  const written = text.trim()
  if (written.startsWith('@')) {
    if (written.toLowerCase() === '@reboot') return { kind: 'reboot' }
    if (!isNickname(written)) throw badNickname(written)
  }
  return looksLikeCron(written) ? parseCron(written) : parseCalendar(written)
}

/** Whether cron could wake by it. */
export function isCrontabTimes(text: string): boolean {
  try {
    return parseTimes(text).kind !== 'calendar'
  } catch (error) {
    if (error instanceof TimesError) return false
    throw error
  }
}

/** Five or six parts, or a nickname: what is wrong with it is then told in cron's words. Calendar words have four parts at most. */
function looksLikeCron(text: string): boolean {
  return text.startsWith('@') || text.split(/\s+/u).length > 4
}

/** Undefined for `@reboot`, which comes at no time of its own. */
export function recurrenceOf(times: Times, options: { readonly matchAllDays?: boolean } = {}): Recurrence | undefined {
  if (times.kind === 'reboot') return undefined
  return times.kind === 'cron' ? cronRecurrence(times, options) : calendarRecurrence(times)
}
