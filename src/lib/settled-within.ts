import { startTimer } from './long-timer.ts'

/** Time limit for cleaning up after a failure. The next run removes the leftovers, so that stopping here is safe. */
export const CLEAR_UP_LIMIT_MS = 60_000

/**
 * Waits until the operation has settled, or until the time has passed: true if it has settled. Otherwise it may continue, and its result is ignored.
 * For cleaning up, where a dead network mount must not prevent the end of a run.
 */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const stopTimer = startTimer(limitMs, () => resolve(false))
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), late])
  } finally {
    stopTimer()
  }
}
