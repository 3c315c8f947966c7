import { DAY_MS } from '../../lib/durations.ts'
import type { LogLimits } from '../../plan/run-logs.ts'

/** The two logs of one run. */
export interface LoggedRun {
  readonly tag: string
  /** `20260301_024000`, in local time: sorts by time. */
  readonly stamp: string
  readonly bytes: number
}

/** The logs to remove: those older than `days`, and the oldest of the rest until at most `bytes` are left. Never the newest of a tag. */
export function decideLogs<R extends LoggedRun>(runs: readonly R[], limits: LogLimits, now: Date): readonly R[] {
  const newest = new Map<string, string>()
  for (const { tag, stamp } of runs) if (stamp > (newest.get(tag) ?? '')) newest.set(tag, stamp)
  const oldestFirst = runs.toSorted((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0))
  let total = runs.reduce((sum, { bytes }) => sum + bytes, 0)
  return oldestFirst.filter(({ tag, stamp, bytes }) => {
    if (newest.get(tag) === stamp) return false
    if (ageMs(stamp, now) <= limits.days * DAY_MS && total <= limits.bytes) return false
    total -= bytes
    return true
  })
}

function ageMs(stamp: string, now: Date): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = [
    stamp.slice(0, 4),
    stamp.slice(4, 6),
    stamp.slice(6, 8),
    stamp.slice(9, 11),
    stamp.slice(11, 13),
    stamp.slice(13, 15),
  ].map(Number)
  return now.getTime() - new Date(year, month - 1, day, hour, minute, second).getTime()
}
