import { useSyncExternalStore } from 'react'

/** The difference between the server's clock and the browser's; positive if the server's is ahead. */
let offsetMs = 0
const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

/** The current time of the server's clock; all ages are computed from it. */
export function serverNow(): number {
  return Date.now() + offsetMs
}

export function clockOffset(): number {
  return offsetMs
}

/** `sentAt`: the time of the request, if known; half of the round trip is subtracted. */
export function setServerTime(now: string, sentAt?: number): void {
  const server = Date.parse(now)
  if (!Number.isFinite(server)) return
  const here = Date.now()
  const middle = sentAt === undefined ? here : (sentAt + here) / 2
  offsetMs = server - middle
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  ticking ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** The server's time, updated at this interval in seconds: in steps, so that a page with a thousand ages is not rendered every second. */
export function useServerNow(stepSeconds = 15): number {
  useSyncExternalStore(subscribe, () => Math.floor(Date.now() / (stepSeconds * 1000)))
  return serverNow()
}
