import { clockIn, dayIn } from './zoned.ts'

const DAY_MS = 86_400_000

/** The moment at which clocks in the zone show this time; where a change of summer time skips it, the moment after. */
export function momentIn(zone: string, day: string, clock = '00:00:00'): number {
  const wanted = Date.parse(`${day}T${clock}Z`)
  const shown = (at: number) => Date.parse(`${dayIn(at, zone)}T${clockIn(at, zone)}Z`)
  let moment = wanted
  // What the zone shows is off by its offset there; twice, for a change of summer time lies in between at most once.
  for (let turn = 0; turn < 2; turn += 1) moment += wanted - shown(moment)
  // A time that is skipped was found as one before the gap.
  return moment + Math.max(0, wanted - shown(moment))
}

/** The day so many days later: `2026-11-26`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}
