import { pipeline, type Readable, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage } from '../storage.ts'

// The maximum burst after a pause. Short, so that other users of the connection never wait long.
const BURST_MS = 100

/**
 * The same storage with an average rate of at most `bytesPerSecond`: for both directions, all streams together. Everything else is unchanged,
 * including optional features; writing to a work folder of a file system is not limited.
 */
export function withBandwidth(inner: Storage, bytesPerSecond: number): Storage {
  const pauseFor = openBucket(bytesPerSecond)
  const take: Take = async (bytes, signal) => {
    const pauseMs = pauseFor(bytes, performance.now())
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal })
  }
  return {
    ...inner,
    put: (key, body, call) => inner.put(key, throttled(body, take, call.signal), call),
    get: async (key, call) => throttled(await inner.get(key, call), take, call.signal),
  }
}

/** Resolves when this number of bytes may pass. */
type Take = (bytes: number, signal: AbortSignal) => Promise<void>

/** The delay for this number of bytes at that time, including those before them. Any monotonic clock can be used. */
export function openBucket(bytesPerSecond: number): (bytes: number, nowMs: number) => number {
  // When all permitted data would have passed at exactly the permitted rate.
  let paidUntilMs = -Infinity
  return (bytes, nowMs) => {
    paidUntilMs = Math.max(paidUntilMs, nowMs - BURST_MS) + (bytes / bytesPerSecond) * 1000
    return Math.max(0, paidUntilMs - nowMs)
  }
}

/** An error of either end is passed to the other one, so that a failed body is still recognized as failed. */
function throttled(body: Readable, take: Take, signal: AbortSignal): Readable {
  const gate = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      take(chunk.length, signal).then(
        () => done(null, chunk),
        // An abort during the pause: the reader's own signal reports it.
        () => done(null, chunk),
      )
    },
  })
  pipeline(body, gate, () => undefined)
  return gate
}
