// The maximum of setTimeout, about 24 days: above it, the timer fires immediately.
const MAX_MS = 2 ** 31 - 1

/** Calls back once after any time. The returned function cancels it. Keeps the process alive like setTimeout, unless `keepsAlive` is false. */
export function startTimer(ms: number, call: () => void, { keepsAlive = true }: { readonly keepsAlive?: boolean } = {}): () => void {
  const due = performance.now() + ms
  let timer: NodeJS.Timeout
  const wait = () => {
    const leftMs = due - performance.now()
    timer = leftMs > MAX_MS ? setTimeout(wait, MAX_MS) : setTimeout(call, Math.max(0, leftMs))
    if (!keepsAlive) timer.unref()
  }
  wait()
  return () => {
    clearTimeout(timer)
  }
}

/** A signal that is aborted after any time (`TimeoutError`) and does not keep the process alive. */
export function abortedAfter(ms: number): AbortSignal {
  if (ms <= MAX_MS) return AbortSignal.timeout(Math.max(0, Math.ceil(ms)))
  const late = new AbortController()
  startTimer(ms, () => late.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), { keepsAlive: false })
  return late.signal
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
