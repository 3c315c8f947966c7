import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Calls } from './s3-calls.ts'
import { faultOf, isPassing, type S3Fault } from './s3-fault.ts'

/** How often a call is tried, and how long is waited between: a random time up to `firstMs`, doubled each time, at most `mostMs`. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstMs: number
  readonly mostMs: number
  /** From 0 to 1. */
  readonly random: () => number
}

/** About half a minute in all, so that a restart of a gateway is lived through. */
export const DEFAULT_RETRIES: RetryPolicy = { attempts: 7, firstMs: 500, mostMs: 16_000, random: Math.random }

/** How long to wait before the call is tried again; undefined = it is not. `attempt`: how many there were, from 1 on. */
export function decideRetry(fault: S3Fault, attempt: number, { attempts, firstMs, mostMs, random }: RetryPolicy): number | undefined {
  if (attempt >= attempts || !isPassing(fault)) return undefined
  const longestMs = Math.min(mostMs, firstMs * 2 ** (attempt - 1))
  // Never at once: many parts that were refused together would come back together.
  return longestMs * (0.25 + 0.75 * random())
}

/** Runs `work` until it succeeds or its failure is one that stays. Rejects with `S3Fault`; on an abort at once. */
export async function retrying<T>(work: () => Promise<T>, policy: RetryPolicy, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      const fault = faultOf(thrown, signal.aborted)
      const delayMs = signal.aborted ? undefined : decideRetry(fault, attempt, policy)
      if (delayMs === undefined) throw fault
      await sleep(delayMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw fault
    }
  }
}

/**
 * Tries calls again whose failure may pass. All bodies are in memory, so that each can be sent as often as needed. What is sent twice does the same as
 * what is sent once, but for three: a completed upload is gone (`completeUpload` then rejects with `NoSuchUpload`), an object that was copied onto itself
 * is another one (`copyOntoItself` then rejects with `PreconditionFailed`, with `InvalidObjectState` where the class is that of an archive, or with
 * `InvalidRequest` as nothing changes; the caller has to check each of these), and an upload may be created twice (`mayHaveTwin`).
 */
export function withRetries(calls: S3Calls, policy: RetryPolicy): S3Calls {
  const again = <R, T>(call: (request: R, signal: AbortSignal) => Promise<T>) => {
    return (request: R, signal: AbortSignal) => retrying(() => call(request, signal), policy, signal)
  }
  return {
    put: again(calls.put),
    async createUpload(target, signal) {
      let attempts = 0
      const create = () => {
        attempts += 1
        return calls.createUpload(target, signal)
      }
      return { ...(await retrying(create, policy, signal)), mayHaveTwin: attempts > 1 }
    },
    putPart: again(calls.putPart),
    copyPart: again(calls.copyPart),
    completeUpload: again(calls.completeUpload),
    abortUpload: again(calls.abortUpload),
    listUploads: again(calls.listUploads),
    head: again(calls.head),
    get: again(calls.get),
    list: again(calls.list),
    remove: again(calls.remove),
    removeMany: again(calls.removeMany),
    copyOntoItself: again(calls.copyOntoItself),
    close: calls.close,
  }
}
