import { DAY_MS, HOUR_MS } from './durations.ts'
/** The newest of some dates is later than the others explain. */
export interface ClockJump {
  /** The date after the gap, and the one before it. */
  readonly afterMs: number
  readonly beforeMs: number
  /** How long the gap could have been without a word. */
  readonly explainedMs: number
}

// So many times the longest of so many gaps before it is what a gap may be: a long weekend, a few days of vacation.
const FACTOR = 3
const WINDOW = 7

/**
 * Whether the clock seems to have jumped ahead, by the dates that it has given, in ascending order: the last such jump that nothing has confirmed yet.
 * Undefined when there is none. Pure.
 *
 * A gap is explained when it is no longer than three times the longest of the seven gaps before it, or than the floor: a quarter of the time that the rule
 * counts in (`horizonMs`), at most two days. A single date explains the floor alone. A jump is confirmed by a later date whose distance to it is at least
 * half of what was usual before (the median of those gaps; an hour where there were none): a second try at once, by the same clock, proves nothing.
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
