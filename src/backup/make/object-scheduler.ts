import type { ObjectSpec } from '../../plan/plan.ts'

export interface Scheduling {
  readonly workers: number
  readonly signal: AbortSignal
  /** Called for a failed object, and without a cause for one that was not begun because it waits for a failed one. Returns whether the others continue. */
  readonly onFailed?: ((object: ObjectSpec, cause?: unknown) => boolean) | undefined
}

/**
 * Makes every object, at most `workers` at once, each after all that it waits for. What became ready first is started first; what became ready
 * together, in the order of the list.
 *
 * Resolves with the results in the order of the list. On the first failure starts nothing more, aborts the signal given to the running ones,
 * waits until they have stopped, and rejects with that first failure; unless `onFailed` lets the others continue: then the results lack the failed
 * ones, and those that wait for them.
 */
export async function scheduleObjects<T>(
  objects: readonly ObjectSpec[],
  { workers, signal, onFailed }: Scheduling,
  make: (object: ObjectSpec, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  const stop = new AbortController()
  const anyStop = AbortSignal.any([signal, stop.signal])
  const results = new Map<number, T>()
  const waiting = new Set(objects.keys())
  const ready: number[] = []
  const running = new Set<Promise<void>>()
  const failed = new Set<number>()
  let failure: { readonly cause: unknown } | undefined

  const start = (index: number) => {
    const one: Promise<void> = make(objects[index] as ObjectSpec, anyStop)
      .then((result) => void results.set(index, result))
      .catch((cause: unknown) => {
        if (failure === undefined && onFailed?.(objects[index] as ObjectSpec, cause) === true) return void failed.add(index)
        failure ??= { cause }
        stop.abort(cause)
      })
      .finally(() => running.delete(one))
    running.add(one)
  }
  const skip = (index: number) => {
    waiting.delete(index)
    failed.add(index)
    onFailed?.(objects[index] as ObjectSpec)
    // Others may wait for this one.
    skipUnable()
  }
  const skipUnable = () => {
    for (const index of waiting) if (objects[index]?.after.some((other) => failed.has(other))) return skip(index)
  }
  const startReady = () => {
    skipUnable()
    for (const index of waiting) {
      if (!objects[index]?.after.every((other) => results.has(other))) continue
      waiting.delete(index)
      ready.push(index)
    }
    while (running.size < workers && !anyStop.aborted && ready.length > 0) start(ready.shift() as number)
  }

  for (startReady(); running.size > 0; startReady()) await Promise.race(running)
  if (failure) throw failure.cause
  signal.throwIfAborted()
  if (waiting.size > 0) throw new Error('circular dependencies between objects')
  return objects.flatMap((_, index) => (results.has(index) ? [results.get(index) as T] : []))
}
