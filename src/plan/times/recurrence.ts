import { AppError } from '../../lib/errors.ts'

/** An invalid schedule, with the invalid part and a hint. */
export class TimesError extends AppError {
  readonly code = 'schedule/bad-times'
}

export interface DayOfCalendar {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  /** From 0, Sunday. */
  readonly weekday: number
  /** The number of days of the month. */
  readonly daysInMonth: number
}

/** When an event occurs, in local time. */
export interface Recurrence {
  /** Minutes of the day, ascending; at least one. */
  readonly minutes: readonly number[]
  isDay(day: DayOfCalendar): boolean
}

/** The day that begins at this UTC time, which represents local time. */
export function dayAt(date: Date): DayOfCalendar {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1]
  return { year, month, day: date.getUTCDate(), weekday: date.getUTCDay(), daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate() }
}
