import { StorageError } from '../storage.ts'

/** No progress. Further requests to the same location will probably not be answered either. */
export class StalledError extends StorageError {}

/** Monitors the progress of an operation. */
export interface StallWatch {
  /** Rejects with `error()` after this time without progress; never resolves. */
  readonly stalled: Promise<never>
  stop(): void
}

/** Calls `progress` regularly; its value must change while there is progress, or while nothing is waited for. A rejection counts as no change. */
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
