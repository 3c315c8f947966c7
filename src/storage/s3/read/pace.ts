/** The time that a slow connection may take. */
export interface Pace {
  /** Data was received: it extends the time. */
  credit(bytes: number): void
  /** The time runs while data is awaited. */
  run(): void
  pause(): void
}

/** Slower connections count as broken. An upload of a part of 8 MiB then takes more than two hours. */
export const MIN_BYTES_PER_SECOND = 1024

/**
 * Calls `onSlow` when waiting took longer than `burstMs`, plus the time for the received data at the minimum rate. Time saved by faster data counts up to
 * `burstMs`. Idle limits alone do not suffice: a store can send one byte per second forever.
 */
export function openPace(burstMs: number, onSlow: () => void): Pace {
  let leftMs = burstMs
  let since: number | undefined
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    if (since === undefined) return
    clearTimeout(timer)
    leftMs -= performance.now() - since
    since = undefined
  }
  const start = () => {
    since = performance.now()
    timer = setTimeout(onSlow, Math.max(0, leftMs))
  }
  return {
    credit(bytes) {
      const isRunning = since !== undefined
      stop()
      leftMs = Math.min(burstMs, leftMs + (bytes / MIN_BYTES_PER_SECOND) * 1000)
      if (isRunning) start()
    },
    run() {
      if (since === undefined) start()
    },
    pause: stop,
  }
}
