import { BackupError } from '../set/errors.ts'
import type { Replica } from './replica.ts'

export interface ReplicaWatch {
  /** Time without progress after which a storage has failed; 0 = no limit. */
  readonly stallMs: number
  readonly signal: AbortSignal
  /** Whether it has stored all that there is so far. */
  readonly isWaiting: () => boolean
  /** Called with the reason why a replica does not have the object, unless it was aborted. May throw. */
  readonly onFailed: (error: unknown) => void
}

// After an abort. What does not react to that within this time waits for a dead mount.
const STOPPING_LIMIT_MS = 10_000
const LOOKS = 10

/** Waits until a replica has the object, or has failed. Rejects with what `onFailed` throws, and on an abort. */
export async function untilReplicated(replica: Replica, { signal, onFailed, ...patience }: ReplicaWatch): Promise<void> {
  const watch = watchReplica(replica, { signal, ...patience })
  try {
    await Promise.race([replica.done, watch.gaveUp])
  } catch (error) {
    if (signal.aborted) throw error
    // After a time limit, it may still be running, and must not store the object later.
    replica.stop(error)
    onFailed(error)
  } finally {
    watch.stop()
  }
}

function watchReplica(replica: Replica, { stallMs, isWaiting, signal }: Omit<ReplicaWatch, 'onFailed'>) {
  const { promise: gaveUp, reject } = Promise.withResolvers<never>()
  gaveUp.catch(() => undefined)
  let last = -1
  let movedMs = performance.now()
  const look = () => {
    if (replica.bytes !== last || isWaiting()) movedMs = performance.now()
    last = replica.bytes
    if (performance.now() - movedMs >= stallMs) reject(stalled(replica, stallMs))
  }
  const timer = stallMs > 0 ? setInterval(look, Math.min(60_000, Math.max(50, stallMs / LOOKS))) : undefined
  let stopping: NodeJS.Timeout | undefined
  const onAbort = () => {
    stopping = setTimeout(reject, STOPPING_LIMIT_MS, signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  return {
    gaveUp,
    stop() {
      clearInterval(timer)
      clearTimeout(stopping)
      signal.removeEventListener('abort', onAbort)
    },
  }
}

function stalled({ destination }: Replica, stallMs: number): BackupError {
  return new BackupError('storage-failed', `"${destination.sets.label}" accepted no data for ${stallMs / 1000} s`, {
    hint: 'Check whether the storage is reachable.',
  })
}
