// The maximum of setTimeout, about 24 days: above it, the timer fires immediately.
const MAX_MS = 2 ** 31 - 1

/** Calls back once after any time. The returned function cancels it. Keeps the process alive like setTimeout. */
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

/** A signal that is aborted after any time (`TimeoutError`) and does not keep the process alive. Above 24 days, it is never aborted. */
export function abortedAfter(ms: number): AbortSignal {
  return ms > MAX_MS ? new AbortController().signal : AbortSignal.timeout(Math.max(0, Math.ceil(ms)))
}

/** Waits for any time. Rejects with the reason of the signal if it is aborted. */
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
