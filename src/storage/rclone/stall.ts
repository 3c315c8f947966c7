import { StorageError } from '../storage.ts'

/** Nothing went on any more. What is asked of the same place next will most likely get no answer either. */
export class StalledError extends StorageError {}

/** Watches an operation that is expected to make progress. */
export interface StallWatch {
  /** Rejects with `error()` when nothing went on for so long; never resolves. */
  readonly stalled: Promise<never>
  stop(): void
}

/**
 * Asks `progress` from time to time; it answers with anything that changes as long as something goes on, or as nobody waits for it. An asking that
 * rejects counts as no change.
 */
export function watchStall(stallMs: number, progress: () => Promise<unknown>, error: () => Error): StallWatch {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  let last: unknown
  let changedMs = performance.now()
  let isAsking = false
  const look = async () => {
    if (isAsking) return
    isAsking = true
    const now = await progress().catch(() => last)
    isAsking = false
    if (now !== last) changedMs = performance.now()
    last = now
  }
  const timer = setInterval(
    () => {
      void look()
      if (performance.now() - changedMs > stallMs) reject(error())
    },
    Math.min(60_000, Math.max(20, stallMs / 10)),
  )
  timer.unref()
  return { stalled: promise, stop: () => clearInterval(timer) }
}
