import { DAY_MS, MINUTE_MS } from '../../lib/durations.ts'
import { AppError } from '../../lib/errors.ts'
import { dayAt, type Recurrence } from './recurrence.ts'
import { parseTimes, recurrenceOf } from './times.ts'

// Two leap years with the years between them, and one year on each side.
const SEARCHED_DAYS = 7 * 366

/**
 * The longest time between two scheduled runs, in milliseconds: from Friday to Monday for `Mon..Fri 02:30`. Of several schedules, the shortest of
 * their longest gaps. Undefined if none of them is valid or recurs. Daylight saving time is ignored: callers that check for overdue runs allow an
 * hour.
 */
export function longestGapMs(words: readonly string[]): number | undefined {
  const gaps = words.map(gapOf).filter((gap) => gap !== undefined)
  return gaps.length === 0 ? undefined : Math.min(...gaps)
}

function gapOf(text: string): number | undefined {
  try {
    const recurrence = recurrenceOf(parseTimes(text))
    return recurrence && gapIn(recurrence)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

function gapIn({ minutes, isDay }: Recurrence): number | undefined {
  const first = minutes[0] ?? 0
  const last = minutes.at(-1) ?? 0
  const within = Math.max(0, ...minutes.map((minute, index) => minute - (minutes[index - 1] ?? minute)))
  let daysBetween = 0
  let before: number | undefined
  for (let day = 0; day < SEARCHED_DAYS; day += 1) {
    if (!isDay(dayAt(new Date(Date.UTC(2023, 0, 1) + day * DAY_MS)))) continue
    if (before !== undefined) daysBetween = Math.max(daysBetween, day - before)
    before = day
  }
  if (daysBetween === 0) return undefined
  return Math.max(within * MINUTE_MS, daysBetween * DAY_MS + (first - last) * MINUTE_MS)
}
