import { isIPv6 } from 'node:net'
import { ApiError } from '../problems.ts'

/** Limits the rate of requests for each address. IPv6 addresses are counted by their /64 network. */
export interface Limiter {
  /** Throws `api/too-many-requests`. */
  take(address: string): void
}

const MAX_ADDRESSES = 10_000

export interface LimiterOptions {
  readonly count: number
  readonly perMs: number
  /** Called once in each period in which requests of an address are rejected. */
  readonly onLimit?: (address: string) => void
}

export function openLimiter({ count, perMs, onLimit }: LimiterOptions): Limiter {
  const taken = new Map<string, { begunMs: number; count: number }>()
  return {
    take(address) {
      const key = isIPv6(address) ? networkOf(address) : address
      const nowMs = performance.now()
      const known = taken.get(key)
      const entry = known !== undefined && nowMs - known.begunMs < perMs ? known : { begunMs: nowMs, count: 0 }
      entry.count += 1
      taken.delete(key)
      taken.set(key, entry)
      const [oldest] = taken.keys()
      if (taken.size > MAX_ADDRESSES && oldest !== undefined) taken.delete(oldest)
      if (entry.count === count + 1) onLimit?.(address)
      if (entry.count > count)
        throw new ApiError('too-many-requests', 'too many attempts from this address', {
          hint: 'Wait a minute.',
          retryAfterMs: entry.begunMs + perMs - nowMs,
        })
    },
  }
}

function networkOf(address: string): string {
  const [head = '', tail = ''] = address.split('::')
  const [left, right] = [head.split(':').filter(Boolean), tail.split(':').filter(Boolean)]
  const groups = address.includes('::')
    ? [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right]
    : left
  return groups
    .slice(0, 4)
    .map((it) => Number.parseInt(it, 16).toString(16))
    .join(':')
}
