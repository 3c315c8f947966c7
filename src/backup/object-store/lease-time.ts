import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readKernelText } from '../../files/kernel-files.ts'
import { bootId } from '../../process/identity/host.ts'

/** What leases are measured by, and what wakes those who renew them. Tests put their own in its place. */
export interface LeaseTime {
  /** Goes on at the same pace whatever is done to the clock, also while the host sleeps. Means nothing on another host or after another boot. */
  nowMs(): number
  /** Within which `nowMs` can be compared. */
  epoch(): string
  /** Does the work again and again, until the function that it gives is called. Never keeps the process from its end. */
  every(periodMs: number, work: () => void): () => void
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** Never the same twice, also in two copies of one machine that go on from the same memory. */
  unique(): string
}

/** CLOCK_BOOTTIME, which a suspension does not stop (proc_uptime(5)). */
export const hostTime: LeaseTime = {
  nowMs: () => Number(readKernelText('/proc/uptime').split(' ', 1)[0]) * 1000,
  epoch: bootId,
  every(periodMs, work) {
    const timer = setInterval(work, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  },
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
  // The random numbers of two copies may be the same; their clocks are not, to the nanosecond.
  unique: () => `${randomBytes(12).toString('hex')}-${process.hrtime.bigint()}`,
}

/**
 * A run renews its lease every minute. It takes it for lost itself, and publishes nothing any more, half an hour after it last could. Others may take it for
 * dead a quarter of an hour later: whatever it had sent until then has arrived, or never will (a store of S3 refuses requests that were signed a quarter of an
 * hour ago).
 */
export const LEASE = { renewMs: 60_000, ownTermMs: 30 * 60_000, termMs: 45 * 60_000 } as const
