import type { ObjectSpec } from '../../plan/plan.ts'

/**
 * Makes every object, at most `workers` at once, each after all that it waits for. What became ready first is started first; what became ready
 * together, in the order of the list.
 *
 * Resolves with the results in the order of the list. On the first failure starts nothing more, aborts the signal given to the running ones,
 * waits until they have stopped, and rejects with that first failure.
 */
export async function scheduleObjects<T>(
  objects: readonly ObjectSpec[],
  { workers, signal }: { readonly workers: number; readonly signal: AbortSignal },
  make: (object: ObjectSpec, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  const stop = new AbortController()
  const anyStop = AbortSignal.any([signal, stop.signal])
  const results = new Map<number, T>()
  const waiting = new Set(objects.keys())
  const ready: number[] = []
  const running = new Set<Promise<void>>()
  let failure: { readonly cause: unknown } | undefined

  const start = (index: number) => {
    const one: Promise<void> = make(objects[index] as ObjectSpec, anyStop)
      .then((result) => void results.set(index, result))
      .catch((cause: unknown) => {
        failure ??= { cause }
        stop.abort(cause)
      })
      .finally(() => running.delete(one))
    running.add(one)
  }
  const startReady = () => {
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
  return objects.map((_, index) => results.get(index) as T)
}
