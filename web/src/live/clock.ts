import { useSyncExternalStore } from 'react'

/** By how much the server's clock is ahead of the browser's. */
let offsetMs = 0
const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

/** What the server's clock shows now; all ages are measured by it. */
export function serverNow(): number {
  return Date.now() + offsetMs
}

export function clockOffset(): number {
  return offsetMs
}

/** `sentAt`: when the question left, if it is known; half of the way is taken off. */
export function learnServerTime(now: string, sentAt?: number): void {
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

/** The server's time, drawn again each so many seconds: by step, so that a page with a thousand ages does not work each second. */
export function useServerNow(stepSeconds = 15): number {
  useSyncExternalStore(subscribe, () => Math.floor(Date.now() / (stepSeconds * 1000)))
  return serverNow()
}
