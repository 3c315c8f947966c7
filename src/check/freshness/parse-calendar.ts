import { type FieldForm, numbersOf } from './number-field.ts'
import type { Recurrence } from './recurrence.ts'

const WEEKDAYS = 'mon tue wed thu fri sat sun'.split(' ')

const form = (min: number, max: number): FieldForm => ({ min, max, range: '..', openSteps: true })
const YEAR = form(1970, 2200)
const MONTH = form(1, 12)
const DAY = form(1, 31)
const HOUR = form(0, 23)
const MINUTE = form(0, 59)
const WEEKDAY: FieldForm = { min: 1, max: 7, range: '..', names: WEEKDAYS }

const WORDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
}

type IsDay = Recurrence['isDay']

/**
 * systemd.time(7), "Calendar Events": `Mon..Fri 02:30`, `*-*-01 04:00`, `daily`. A time zone is passed over, since it shifts all wakings alike, and so are
 * seconds. Undefined for what is not understood, also for days counted from the end of a month (`~`).
 */
export function parseCalendar(text: string): Recurrence | undefined {
  const parts = (WORDS[text.trim()] ?? text).trim().split(/\s+/u)
  if (parts.length > 1 && ZONE.test(parts.at(-1) ?? '')) parts.pop()
  const times = parts.filter((part) => part.includes(':')).map(timesOf)
  const conditions = parts.filter((part) => !part.includes(':')).map((part) => (/[\d*]/u.test(part) ? datesOf(part) : weekdaysOf(part)))
  if (!times.every((it) => it !== undefined) || !conditions.every((it) => it !== undefined)) return undefined
  return { minutes: times[0] ?? [0], isDay: (date) => conditions.every((holds) => holds(date)) }
}

const ZONE = /^(?:UTC|[A-Z]\w+\/[\w/+-]+)$/u

function timesOf(part: string): readonly number[] | undefined {
  const [hourText = '', minuteText = '', second, ...more] = part.split(':')
  const hours = numbersOf(hourText, HOUR)
  const minutes = numbersOf(minuteText, MINUTE)
  if (!hours || !minutes || more.length > 0 || (second !== undefined && !/^[\d.*/,]+$/u.test(second))) return undefined
  return [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute)).toSorted((a, b) => a - b)
}

function datesOf(part: string): IsDay | undefined {
  const fields = part.split('-')
  if (fields.length === 2) fields.unshift('*')
  const [years, months, days, ...more] = [YEAR, MONTH, DAY].map((it, index) => numbersOf(fields[index] ?? '', it))
  if (!years || !months || !days || more.length > 0 || fields.length !== 3) return undefined
  return (date) => years.has(date.getUTCFullYear()) && months.has(date.getUTCMonth() + 1) && days.has(date.getUTCDate())
}

function weekdaysOf(part: string): IsDay | undefined {
  const numbers = numbersOf(part.replace(/,$/u, '').replaceAll(/(?<=[a-z])-(?=[a-z])/giu, '..'), WEEKDAY)
  return numbers && ((date) => numbers.has(date.getUTCDay() === 0 ? 7 : date.getUTCDay()))
}
