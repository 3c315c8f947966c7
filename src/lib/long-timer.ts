// What setTimeout can count, about 24 days: beyond that it fires at once.
const MAX_MS = 2 ** 31 - 1

/** Calls back after any time, once. The returned function stops it. Keeps the process alive as setTimeout does. */
export function startTimer(ms: number, call: () => void): () => void {
  const due = performance.now() + ms
  let timer: NodeJS.Timeout
  const wait = () => {
    const leftMs = due - performance.now()
    timer = leftMs > MAX_MS ? setTimeout(wait, MAX_MS) : setTimeout(call, Math.max(0, leftMs))
  }
  wait()
  return () => {
    clearTimeout(timer)
  }
}

/** A signal that is aborted after any time (`TimeoutError`), and does not keep the process alive. Beyond 24 days it is not. */
export function abortedAfter(ms: number): AbortSignal {
  return ms > MAX_MS ? new AbortController().signal : AbortSignal.timeout(Math.max(0, Math.ceil(ms)))
}

/** Waits for any time. Rejects with the signal's reason when that is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = () => {
      stop()
      reject(signal?.reason as Error)
    }
    const stop = startTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
