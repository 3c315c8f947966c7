import { AppError } from '../../lib/errors.ts'

/** A text that names no time, with the part that is wrong and what would be right. */
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
  /** How many days the month has. */
  readonly daysInMonth: number
}

/** When something happens, by the wall clock. */
export interface Recurrence {
  /** Minutes of the day, ascending; at least one. */
  readonly minutes: readonly number[]
  isDay(day: DayOfCalendar): boolean
}

/** The day that begins at this moment in UTC, which stands for the wall clock. */
export function dayAt(date: Date): DayOfCalendar {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1]
  return { year, month, day: date.getUTCDate(), weekday: date.getUTCDay(), daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate() }
}
