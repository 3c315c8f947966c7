import { formatDuration } from '../../lib/format.ts'
import { abortedAfter, pause } from '../../lib/long-timer.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { DeliveryLimits } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'

export interface TryCall {
  readonly limits: DeliveryLimits
  /** Aborts everything. */
  readonly signal: AbortSignal
  /** Time limit for cleaning up after an attempt has timed out. */
  readonly clearUpMs: number
}

/**
 * Calls `work` until it succeeds, within the limits; only temporary failures are retried. Its signal is aborted when its time limit is exceeded.
 * Rejects with the last failure.
 */
export async function tryRepeatedly({ limits, signal, clearUpMs }: TryCall, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { tryMs, totalMs, retries, pauseMs } = limits
  const total = AbortSignal.any([signal, abortedAfter(totalMs)])
  const late = () => {
    if (signal.aborted) return new ReportError('too-late', 'stopped before delivery')
    if (total.aborted) return new ReportError('too-late', `not delivered within ${formatDuration(totalMs)}`)
    return new ReportError('too-late', `timed out after ${formatDuration(tryMs)}`, { mayPass: true })
  }
  for (let tries = 0; ; tries += 1) {
    try {
      return await tryOnce({ signal: AbortSignal.any([total, abortedAfter(tryMs)]), late, clearUpMs }, work)
    } catch (error) {
      if (!(error instanceof ReportError && error.mayPass) || tries >= retries || total.aborted) throw error
      // The last failure is more informative than the exceeded limit.
      await pause(Math.max(pauseMs * 2 ** tries, error.retryAfterMs ?? 0), total).catch(() => Promise.reject(error))
    }
  }
}

interface One {
  readonly signal: AbortSignal
  readonly late: () => ReportError
  readonly clearUpMs: number
}

async function tryOnce({ signal, late, clearUpMs }: One, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  if (signal.aborted) throw late()
  const { promise: over, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(late())
  // Timers of signals do not keep the process alive; this one does while an operation outside of Node is awaited.
  const alive = setInterval(() => undefined, 60_000)
  signal.addEventListener('abort', onAbort)
  const working = work(signal)
  try {
    await Promise.race([working, over])
  } catch (error) {
    await settledWithin(clearUpMs, working)
    throw signal.aborted ? late() : error
  } finally {
    clearInterval(alive)
    signal.removeEventListener('abort', onAbort)
  }
}
