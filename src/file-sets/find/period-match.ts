import { DAY_MS } from '../../lib/durations.ts'
import type { PeriodField, PeriodRule, PeriodTerm } from '../../plan/times/period-rule.ts'

/** A minute in local time. */
export interface LocalMinute {
  readonly year: number
  /** 1 … 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

/** The minute of an instant in the local time of this host. */
export function localMinute(at: Date): LocalMinute {
  return { year: at.getFullYear(), month: at.getMonth() + 1, day: at.getDate(), hour: at.getHours(), minute: at.getMinutes() }
}

/** Whether the schedule matches that minute. If both day of month and day of week are restricted, one match is sufficient. */
export function matchesPeriod(rule: PeriodRule, at: LocalMinute): boolean {
  const midnightMs = Date.UTC(at.year, at.month - 1, at.day)
  const days = midnightMs / DAY_MS
  const hours = days * 24 + at.hour
  const fits = (field: PeriodField, value: number, units: number) => field === 'any' || field.some((term) => fitsNumber(term, value, units))
  if (!fits(rule.minute, at.minute, hours * 60 + at.minute)) return false
  if (!fits(rule.hour, at.hour, hours)) return false
  if (!fits(rule.month, at.month, (at.year - 1970) * 12 + at.month - 1)) return false
  const date: DateFacts = {
    day: at.day,
    weekday: new Date(midnightMs).getUTCDay(),
    lastDay: new Date(Date.UTC(at.year, at.month, 0)).getUTCDate(),
    days,
  }
  const fitsDay = rule.day !== 'any' && rule.day.some((term) => fitsDayTerm(term, date))
  const fitsWeekday = rule.weekday !== 'any' && rule.weekday.some((term) => fitsWeekdayTerm(term, date))
  if (rule.day === 'any') return rule.weekday === 'any' || fitsWeekday
  return rule.weekday === 'any' ? fitsDay : fitsDay || fitsWeekday
}

interface DateFacts {
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly lastDay: number
  /** Since 1970. */
  readonly days: number
}

function fitsNumber(term: PeriodTerm, value: number, units: number): boolean {
  if (term.kind === 'values') return term.values.includes(value)
  return term.kind === 'every' && units % term.units === 0
}

function fitsDayTerm(term: PeriodTerm, date: DateFacts): boolean {
  if (term.kind === 'last') return date.day === date.lastDay
  return term.kind === 'near-workday' ? date.day === nearestWorkday(term.day, date) : fitsNumber(term, date.day, date.days)
}

function fitsWeekdayTerm(term: PeriodTerm, { day, weekday, lastDay, days }: DateFacts): boolean {
  if (term.kind === 'last') return weekday === term.weekday && day + 7 > lastDay
  if (term.kind === 'nth-weekday') return weekday === term.weekday && Math.ceil(day / 7) === term.nth
  return fitsNumber(term, weekday, days)
}

/** The working day nearest to that day of the month, or to the last day if the month is shorter; always in the same month. */
function nearestWorkday(asked: number, { day, weekday, lastDay }: DateFacts): number {
  const wanted = Math.min(asked, lastDay)
  const wantedWeekday = (((weekday + wanted - day) % 7) + 7) % 7
  if (wantedWeekday === 6) return wanted === 1 ? 3 : wanted - 1
  if (wantedWeekday === 0) return wanted === lastDay ? wanted - 2 : wanted + 1
  return wanted
}
