/** Civil time, without changes of daylight saving time. */
export const SECOND_MS = 1000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** What is dated at most this far ahead is not considered to be dated in the future: a clock is corrected by small steps, too. */
export const AHEAD_MS = 300_000

/** Whether this is dated in the future. */
export function isAhead(moment: Date, now: Date): boolean {
  return moment.getTime() > now.getTime() + AHEAD_MS
}
