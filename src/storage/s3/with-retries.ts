import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Calls } from './s3-calls.ts'
import { faultOf, isPassing, type S3Fault } from './s3-fault.ts'

/** The number of attempts of a call, and the pauses: a random time up to `firstMs`, doubled each time, at most `mostMs`. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstMs: number
  readonly mostMs: number
  /** From 0 to 1. */
  readonly random: () => number
}

/** About half a minute in total, which covers the restart of a gateway. */
export const DEFAULT_RETRIES: RetryPolicy = { attempts: 7, firstMs: 500, mostMs: 16_000, random: Math.random }

/** The pause before the next attempt; undefined: none. `attempt`: number of attempts so far, from 1. */
export function decideRetry(fault: S3Fault, attempt: number, { attempts, firstMs, mostMs, random }: RetryPolicy): number | undefined {
  if (attempt >= attempts || !isPassing(fault)) return undefined
  const longestMs = Math.min(mostMs, firstMs * 2 ** (attempt - 1))
  // Never immediately: many parts that were rejected together would be repeated together.
  return longestMs * (0.25 + 0.75 * random())
}

/** Runs `work` until it succeeds or its failure is permanent. Rejects with `S3Fault`; on an abort, immediately. */
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
 * Retries calls after temporary failures. All bodies are in memory, so that each can be sent repeatedly. Repeating a call has no additional effect,
 * with three exceptions: a completed upload no longer exists (`completeUpload` then rejects with `NoSuchUpload`); an object that was copied to itself
 * is a new one (`copyOntoItself` then rejects with `PreconditionFailed`, with `InvalidObjectState` if the class is an archive class, or with
 * `InvalidRequest` because nothing changes; the caller must check each of these); and an upload may be created twice (`mayHaveDuplicate`).
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
      return { ...(await retrying(create, policy, signal)), mayHaveDuplicate: attempts > 1 }
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
