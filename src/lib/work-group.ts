/** Operations of one kind, with limited parallelism, which end with the first failure. */
export interface WorkGroup {
  /** Aborted by the outer signal and by the first failure. */
  readonly signal: AbortSignal
  /** Waits for a free slot, starts the operation, and resolves. Rejects if any operation has failed. */
  begin(work: (signal: AbortSignal) => Promise<void>): Promise<void>
  /** Aborts the running operations. The first abort or failure determines the cause. */
  stop(cause: unknown): void
  /** Resolves when all started operations have succeeded; otherwise rejects with the first failure after all have ended. */
  settled(): Promise<void>
}

export function openWorkGroup(atOnce: number, outer: AbortSignal): WorkGroup {
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
