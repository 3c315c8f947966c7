import type { CalendarTimes } from '../plan/times/calendar.ts'
import { CRON_FIELDS, type CronTimes, DAY_OF_WEEK, isNickname, parseCron } from '../plan/times/cron.ts'
import { type Element, type TimeField, valuesOf } from '../plan/times/number-list.ts'
import { TimesError } from '../plan/times/recurrence.ts'
import { parseTimes } from '../plan/times/times.ts'

/** The five times with nicknames. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['0 0 * * *', '@daily'],
  ['0 0 * * 0', '@weekly'],
  ['0 0 1 * *', '@monthly'],
  ['0 0 1 1 *', '@yearly'],
  ['0 * * * *', '@hourly'],
])

/**
 * The times of a crontab line (crontab(5)) in their usual form, as written by KristaBackup: without leading zeros, and with a nickname (`@daily`) if there is one.
 * Throws `schedule/bad-times`, also for systemd calendar expressions that five fields cannot express.
 */
export function renderCrontabTimes(words: string): string {
  const text = words.trim()
  const times = parseTimes(text)
  if (isNickname(text)) return text.toLowerCase()
  if (times.kind === 'reboot') throw notInCrontab(text)
  const rendered = times.kind === 'cron' ? renderFields(times) : renderCalendar(times, text)
  return SHORT.get(rendered) ?? rendered
}

/** A calendar expression that five fields can express. Throws `schedule/bad-times` for any other. */
function renderCalendar({ weekdays, years, months, days, isFromEnd, hours, minutes, seconds, zone }: CalendarTimes, text: string): string {
  const isEachYear = years.length >= 230
  // For cron, one of the two day fields is sufficient.
  const isOneOfDays = weekdays.length === 7 || days.length === 31
  if (!isEachYear || !isOneOfDays || isFromEnd || zone !== undefined || seconds.join() !== '0') throw notInCrontab(text)
  const fields = [
    [minutes, 60],
    [hours, 24],
    [days, 31],
    [months, 12],
    [weekdays, 7],
  ] as const
  return fields.map(([values, count]) => renderValues(values, count)).join(' ')
}

function renderValues(values: readonly number[], count: number): string {
  if (values.length === count) return '*'
  const sorted = values.toSorted((a, b) => a - b)
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)]
  return sorted.length > 2 && last - first === sorted.length - 1 ? `${first}-${last}` : sorted.join(',')
}

/**
 * For times whose day of month and day of week must both match, whereas one is sufficient for cron: the times without the day of week, and the days
 * of week for a condition, from 1, Monday, to 7, Sunday, as printed by `date +%u`. Throws `schedule/bad-times`.
 */
export function splitDayOfWeek(words: string): { readonly times: string; readonly days: readonly number[] } {
  const text = words.trim()
  if (isNickname(text)) throw new TimesError(`"${text}" has no day of week that could match`, { hint: 'Use five fields.' })
  const { fields } = parseCron(text)
  const all: Element = { first: DAY_OF_WEEK.min, last: DAY_OF_WEEK.max, step: 1, text: '*' }
  const times = renderFields({ kind: 'cron', fields: [...fields.slice(0, 4), [all]] })
  // In the order in which they were written.
  const days = (fields[4] ?? []).flatMap((element) => sundayLast(element))
  return { times: SHORT.get(times) ?? times, days: [...new Set(days)] }
}

function sundayLast(element: Element): readonly number[] {
  const values = valuesOf([element], { min: 0 })
  return values.map((value) => (value === 0 ? 7 : value))
}

function renderFields({ fields }: CronTimes): string {
  return fields.map((elements, index) => renderField(elements, CRON_FIELDS[index] ?? DAY_OF_WEEK)).join(' ')
}

/** A field in its shortest usual form: no leading zeros, sorted lists, `*` for all values, Sunday as 0. */
function renderField(elements: readonly Element[], field: TimeField): string {
  const sorted = elements.flatMap((element) => withoutAlias(element, field)).toSorted((a, b) => a.first - b.first)
  const rendered = [...new Set(sorted.map((element) => renderElement(element, field)))]
  return rendered.includes('*') ? '*' : rendered.join(',')
}

function renderElement({ first, last, step, text }: Element, { min, max }: TimeField): string {
  const suffix = step === 1 ? '' : `/${step}`
  if (first <= min && last >= max) return `*${suffix}`
  // Names are kept.
  if (/[a-z]/iu.test(text)) return text.toLowerCase()
  return first === last ? String(first) : `${first}-${last}${suffix}`
}

/** Sunday at the end of a range becomes a separate value. With a step, the range is expanded. */
function withoutAlias(element: Element, { alias, min, max }: TimeField): readonly Element[] {
  const { first, last, step, text } = element
  if (alias === undefined || last !== alias) return [element]
  const single = (value: number): Element => ({ first: value, last: value, step: 1, text: '' })
  if (step > 1) return valuesOf([element], { alias, min }).map(single)
  if (first <= 1) return [{ first: min, last: max, step: 1, text: '*' }]
  return first === alias ? [single(min)] : [{ first, last: last - 1, step, text }, single(min)]
}

function notInCrontab(text: string): TimesError {
  return new TimesError(`cron does not support the calendar expression "${text}"`, {
    hint: 'Use five fields, as in "30 2 * * *".',
  })
}
