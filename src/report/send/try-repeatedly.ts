import { formatDuration } from '../../lib/format.ts'
import { abortedAfter, pause } from '../../lib/long-timer.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { DeliveryLimits } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'

export interface TryCall {
  readonly limits: DeliveryLimits
  /** Stops everything. */
  readonly signal: AbortSignal
  /** How long a try whose time is over may take to clear up. */
  readonly clearUpMs: number
}

/**
 * Does `work` until it goes well, at most as the limits say; only what may pass is tried again. The signal that it gets is aborted when its time is over.
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
      // What failed last says more than that the time was over.
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
  // Timers of signals keep nothing alive: while we wait for something that Node does not know of, this one does.
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
