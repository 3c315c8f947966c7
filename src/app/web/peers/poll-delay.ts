const INTERVAL_MS = 30_000
const MAX_BACK_OFF_MS = 600_000

/**
 * The time until a host is polled again: twice as long after each failure in succession, at most ten minutes. `random`, from 0 to 1, spreads it by a quarter,
 * so that hosts that failed together are not always polled together.
 */
export function pollDelayMs(failures: number, random: number): number {
  const waitMs = Math.min(INTERVAL_MS * 2 ** Math.min(failures, 10), MAX_BACK_OFF_MS)
  return waitMs * (0.75 + random / 2)
}
