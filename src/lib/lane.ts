/** Work of one kind, a few at once, that ends with its first failure. */
export interface Lane {
  /** Aborted by the outer signal and by the first failure. */
  readonly signal: AbortSignal
  /** Waits until there is room, begins the work, and resolves. Rejects when any work has failed. */
  begin(work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** Ends what is on its way. The first to say so, or to fail, names the cause. */
  stop(cause: unknown): void
  /** Resolves when all that was begun has ended well; else rejects with the first failure, when all has ended. */
  settled(): Promise<void>
}

export function openLane(atOnce: number, outer: AbortSignal): Lane {
  const halt = new AbortController()
  const signal = AbortSignal.any([outer, halt.signal])
  const running = new Set<Promise<void>>()
  let failure: { readonly cause: unknown } | undefined
  const check = () => {
    if (failure) throw failure.cause
    outer.throwIfAborted()
  }
  const stop = (cause: unknown) => {
    failure ??= { cause }
    halt.abort(cause)
  }
  return {
    signal,
    stop,
    async begin(work) {
      while (running.size >= atOnce) await Promise.race(running)
      check()
      const one: Promise<void> = work(signal)
        .catch(stop)
        .finally(() => running.delete(one))
      running.add(one)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
      check()
    },
  }
}
