import { BackupError } from '../set/errors.ts'
import type { Follower } from './follower.ts'

export interface Patience {
  /** How long a storage may stand still before it has failed; 0 = for ever. */
  readonly stallMs: number
  readonly signal: AbortSignal
  /** Whether it stands still because there is nothing for it yet. */
  readonly isWaiting: () => boolean
  /** Called with the reason why a follower does not have the object, unless it was aborted. May throw. */
  readonly onFailed: (error: unknown) => void
}

// After it was told to stop: what still does not answer waits for a mount that is dead.
const STOPPING_LIMIT_MS = 10_000
const LOOKS = 10

/** Waits until a follower has the object, or has failed. Rejects with what `onFailed` throws, and on an abort. */
export async function untilThrough(follower: Follower, { signal, onFailed, ...patience }: Patience): Promise<void> {
  const watch = watchFollower(follower, { signal, ...patience })
  try {
    await Promise.race([follower.done, watch.gaveUp])
  } catch (error) {
    if (signal.aborted) throw error
    // It may have been given up only: an object that comes after all would lie where nobody looks after it any more.
    follower.stop(error)
    onFailed(error)
  } finally {
    watch.stop()
  }
}

function watchFollower(follower: Follower, { stallMs, isWaiting, signal }: Omit<Patience, 'onFailed'>) {
  const { promise: gaveUp, reject } = Promise.withResolvers<never>()
  gaveUp.catch(() => undefined)
  let last = -1
  let movedMs = performance.now()
  const look = () => {
    if (follower.bytes !== last || isWaiting()) movedMs = performance.now()
    last = follower.bytes
    if (performance.now() - movedMs >= stallMs) reject(stalled(follower, stallMs))
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

function stalled({ place }: Follower, stallMs: number): BackupError {
  return new BackupError('storage-failed', `"${place.sets.label}" accepted no data for ${stallMs / 1000} s`, {
    hint: 'Check whether the storage is reachable.',
  })
}
