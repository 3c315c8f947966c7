/** How long clearing up after a failure may take. The next run clears what is left, so that giving up is safe. */
export const CLEAR_UP_LIMIT_MS = 60_000

/**
 * Waits until the work has settled, however it did, or until the time has passed: true when it has settled. Work that has not may go on; what
 * becomes of it is nobody's business any more. For clearing up, where a dead network mount must not keep a run from its end.
 */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, limitMs, false)
  const settled = () => true
  try {
    return await Promise.race([work.then(settled, settled), late])
  } finally {
    clearTimeout(timer)
  }
}
