import { DAY_MS, HOUR_MS } from './durations.ts'
/** The newest date is later than the previous ones explain. */
export interface ClockJump {
  /** The date after the gap, and the one before it. */
  readonly afterMs: number
  readonly beforeMs: number
  /** The length of a gap that would be considered normal. */
  readonly explainedMs: number
}

// A gap is normal up to this multiple of the longest of this number of previous gaps: a long weekend, a few days of vacation.
const FACTOR = 3
const WINDOW = 7

/**
 * Whether the clock seems to have jumped ahead, by dates in ascending order: the last jump that is not confirmed. Undefined if there is none. Pure.
 *
 * A gap is normal if it is at most three times the longest of the seven previous gaps, or at most the minimum: a quarter of the rule's time unit
 * (`horizonMs`), at most two days. With a single previous date, only the minimum is normal. A jump is confirmed by a later date whose distance to it
 * is at least half of the usual one before (the median of those gaps; an hour if there are none): an immediate second attempt with the same clock
 * confirms nothing.
 */
export function unconfirmedJump(datesMs: readonly number[], horizonMs = Number.POSITIVE_INFINITY): ClockJump | undefined {
  const floorMs = Math.min(2 * DAY_MS, horizonMs / 4)
  const newestMs = datesMs.at(-1) ?? 0
  const gaps: number[] = []
  let jump: ClockJump | undefined
  for (const [index, afterMs] of datesMs.entries()) {
    const beforeMs = datesMs[index - 1]
    if (beforeMs === undefined) continue
    const before = gaps.slice(-WINDOW)
    const explainedMs = Math.max(floorMs, FACTOR * before.reduce((longest, gap) => Math.max(longest, gap), 0))
    if (afterMs - beforeMs > explainedMs && newestMs - afterMs < confirmationMs(before)) jump = { afterMs, beforeMs, explainedMs }
    gaps.push(afterMs - beforeMs)
  }
  return jump
}

function confirmationMs(gaps: readonly number[]): number {
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]
  return usual === undefined ? HOUR_MS : usual / 2
}
