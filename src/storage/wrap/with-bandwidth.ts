import { pipeline, type Readable, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage } from '../storage.ts'

// What may pass at once after a pause. Short, so that a neighbour on the line never waits long.
const BURST_MS = 100

/**
 * The same storage with no more than `bytesPerSecond` through it on the average: what is put and what is got, all streams counted together. Everything
 * else about it stays, the optional abilities too; what is written into a work folder of a file system is not slowed.
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

/** Resolves when that many bytes may pass. */
type Take = (bytes: number, signal: AbortSignal) => Promise<void>

/** How long so many bytes must wait that shall pass at that time, those before them counted in. Any clock that goes on will do. */
export function openBucket(bytesPerSecond: number): (bytes: number, nowMs: number) => number {
  // When all that was let through would have passed at exactly the allowed rate.
  let paidUntilMs = -Infinity
  return (bytes, nowMs) => {
    paidUntilMs = Math.max(paidUntilMs, nowMs - BURST_MS) + (bytes / bytesPerSecond) * 1000
    return Math.max(0, paidUntilMs - nowMs)
  }
}

/** An error of either end reaches the other one, so that a body that broke is still seen to have broken. */
function throttled(body: Readable, take: Take, signal: AbortSignal): Readable {
  const gate = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      take(chunk.length, signal).then(
        () => done(null, chunk),
        // An abort in the pause: the reader hears of it from its own signal, in its own words.
        () => done(null, chunk),
      )
    },
  })
  pipeline(body, gate, () => undefined)
  return gate
}
