import { MONTHS } from './cron-words.ts'
import { parseList, type TimeField, valuesOf } from './number-list.ts'
import { type DayOfCalendar, type Recurrence, TimesError } from './recurrence.ts'

/** A systemd calendar expression, with all lists expanded (systemd.time(7), "Calendar Events"). */
export interface CalendarTimes {
  readonly kind: 'calendar'
  /** 0 is Sunday. */
  readonly weekdays: readonly number[]
  readonly years: readonly number[]
  readonly months: readonly number[]
  readonly days: readonly number[]
  /** Days are counted from the end of the month: 1 is the last one. */
  readonly isFromEnd: boolean
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  /** Whole seconds; fractions are dropped. */
  readonly seconds: readonly number[]
  /** A time zone of the IANA database, or UTC; absent: that of the host. */
  readonly zone?: string
}

const field = (title: string, [min, max]: readonly [number, number]): TimeField => ({ title, min, max, rangeSigns: ['..'], hasOpenSteps: true })
const YEAR = field('year', [1970, 2199])
const MONTH = field('month', [1, 12])
const DAY = field('day', [1, 31])
const HOUR = field('hour', [0, 23])
const MINUTE = field('minute', [0, 59])
const SECOND = field('second', [0, 59])
const LONG_DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
// Monday first, as in systemd's ranges. The hyphen is an older form of the operator.
const WEEKDAY: TimeField = {
  title: 'day of week',
  min: 1,
  max: 7,
  names: LONG_DAYS.map((name) => [name, name.slice(0, 3)]),
  rangeSigns: ['..', '-'],
  hasOpenSteps: false,
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['minutely', '*-*-* *:*:00'],
  ['hourly', '*-*-* *:00:00'],
  ['daily', '*-*-* 00:00:00'],
  ['weekly', 'Mon *-*-* 00:00:00'],
  ['monthly', '*-*-01 00:00:00'],
  ['yearly', '*-01-01 00:00:00'],
  ['annually', '*-01-01 00:00:00'],
  ['quarterly', '*-01,04,07,10-01 00:00:00'],
  ['semiannually', '*-01,07-01 00:00:00'],
  ['semi-annually', '*-01,07-01 00:00:00'],
])

/** Parses `Mon..Fri 02:30`, `*-*-01 04:00 Europe/Berlin`, `*-02~01`, `daily`. Throws `schedule/bad-times`. */
export function parseCalendar(text: string): CalendarTimes {
  const parts = text.trim().split(/\s+/u)
  const zone = parts.length > 1 ? zoneOf(parts.at(-1) ?? '') : undefined
  if (zone !== undefined) parts.pop()
  const words = WORDS.get(parts.join(' ').toLowerCase())?.split(' ') ?? parts
  const kinds = words.map(kindOf)
  const isInOrder = kinds.every((kind, index) => index === 0 || kind > (kinds[index - 1] ?? 0))
  if (!isInOrder) throw badCalendar(text)
  const of = (kind: number) => words[kinds.indexOf(kind)]
  return {
    kind: 'calendar',
    ...weekdaysOf(of(WEEKDAY_PART)),
    ...dateOf(of(DATE_PART)),
    ...timeOf(of(TIME_PART)),
    ...(zone !== undefined && { zone }),
  }
}

const WEEKDAY_PART = 0
const DATE_PART = 1
const TIME_PART = 2

function kindOf(part: string): number {
  if (part.includes(':')) return TIME_PART
  return /[\d*]/u.test(part) ? DATE_PART : WEEKDAY_PART
}

function weekdaysOf(part: string | undefined): Pick<CalendarTimes, 'weekdays'> {
  if (part === undefined) return { weekdays: [0, 1, 2, 3, 4, 5, 6] }
  if (!/^(?:mon|tue|wed|thu|fri|sat|sun)[a-z.,-]*$/iu.test(part)) throw badCalendar(part)
  return { weekdays: valuesOf(parseList(part.replace(/,$/u, ''), WEEKDAY), WEEKDAY).map((value) => value % 7) }
}

function dateOf(part: string | undefined): Pick<CalendarTimes, 'years' | 'months' | 'days' | 'isFromEnd'> {
  if (part === undefined) return { years: all(YEAR), months: all(MONTH), days: all(DAY), isFromEnd: false }
  const isFromEnd = part.includes('~')
  const fields = part.split(/[-~]/u)
  const isWritten = /^(?:[^-~]+-)?[^-~]+[-~][^-~]+$/u.test(part)
  if (!isWritten)
    throw new TimesError(`invalid date "${part}"`, {
      hint: 'Use year-month-day or month-day, as in "*-*-01"; "~" in place of the last "-" counts from the end of the month.',
    })
  const [day = '', month = '', year = '*'] = fields.toReversed()
  return { years: list(fullYears(year), YEAR), months: list(month, MONTH), days: list(day, DAY), isFromEnd }
}

function timeOf(part: string | undefined): Pick<CalendarTimes, 'hours' | 'minutes' | 'seconds'> {
  if (part === undefined) return { hours: [0], minutes: [0], seconds: [0] }
  const [hour = '', minute = '', second = '0', ...more] = part.split(':')
  if (more.length > 0) throw new TimesError(`invalid time "${part}"`, { hint: 'Use hour:minute or hour:minute:second, as in "02:30".' })
  return { hours: list(hour, HOUR), minutes: list(minute, MINUTE), seconds: list(second.replaceAll(/\.\d+/gu, ''), SECOND) }
}

function list(text: string, of: TimeField): readonly number[] {
  return valuesOf(parseList(text, of), of)
}

function all(of: TimeField): readonly number[] {
  return list('*', of)
}

// Two digits: 70 to 99 belong to the last century, the others to this one.
function fullYears(text: string): string {
  return text.replaceAll(/(?<![\d/])\d{2}(?!\d)/gu, (year) => (Number(year) >= 70 ? `19${year}` : `20${year}`))
}

function zoneOf(part: string): string | undefined {
  if (part === 'UTC') return part
  if (!/^[A-Z][A-Za-z_]+\/[\w/+-]+$/u.test(part)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: part }) && part
  } catch {
    throw new TimesError(`unknown time zone "${part}"`, { hint: 'Use a name of the IANA database, as in "Europe/Berlin", or UTC.' })
  }
}

function badCalendar(text: string): TimesError {
  const month = MONTHS.some((name) => text.toLowerCase().includes(name)) ? ' Write months as numbers.' : ''
  return new TimesError(`invalid schedule "${text}": neither a cron expression nor a calendar expression`, {
    hint: `Use "30 2 * * *" for every night at 02:30, or "Mon..Fri 02:30".${month}`,
  })
}

export function calendarRecurrence(times: CalendarTimes): Recurrence {
  const [weekdays, years, months, days] = [times.weekdays, times.years, times.months, times.days].map((it) => new Set(it))
  const isDay = ({ year, month, day, weekday, daysInMonth }: DayOfCalendar) =>
    weekdays?.has(weekday) === true &&
    years?.has(year) === true &&
    months?.has(month) === true &&
    days?.has(times.isFromEnd ? daysInMonth - day + 1 : day) === true
  return { minutes: times.hours.flatMap((hour) => times.minutes.map((minute) => hour * 60 + minute)), isDay }
}
