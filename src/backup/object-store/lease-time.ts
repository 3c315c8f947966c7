import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readKernelText } from '../../files/kernel-files.ts'
import { bootId } from '../../process/identity/host-id.ts'

/** The clock and timers of leases; tests replace them. */
export interface LeaseTime {
  /** Monotonic: independent of changes of the system time, and continues during suspension. Values of different hosts or boots are not comparable. */
  nowMs(): number
  /** Values of `nowMs` are comparable if this text is the same. */
  epoch(): string
  /** Calls `work` periodically until the returned function is called. Does not keep the process alive. */
  every(periodMs: number, work: () => void): () => void
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** Unique, also in two copies of a virtual machine that continue from the same memory. */
  unique(): string
}

/** CLOCK_BOOTTIME, which includes suspension (proc_uptime(5)). */
export const hostTime: LeaseTime = {
  nowMs: () => Number(readKernelText('/proc/uptime').split(' ', 1)[0]) * 1000,
  epoch: bootId,
  every(periodMs, work) {
    const timer = setInterval(work, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  },
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
  // The random numbers of two copies can be equal; their clocks differ by nanoseconds.
  unique: () => `${randomBytes(12).toString('hex')}-${process.hrtime.bigint()}`,
}

/**
 * A run renews its lease every minute. If it could not renew it for half an hour, it considers the lease lost, and does not publish. Other runs
 * consider it dead a quarter of an hour later: all its requests have been processed by then, or never will be (S3 rejects requests signed more than a
 * quarter of an hour ago).
 */
export const LEASE = { renewMs: 60_000, ownTermMs: 30 * 60_000, termMs: 45 * 60_000 } as const
