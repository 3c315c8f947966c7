import { clockIn, dayIn } from './zoned.ts'

const DAY_MS = 86_400_000

/** The moment at which clocks in the zone show this time; for a time skipped by a change of summer time, the moment after the change. */
export function momentIn(zone: string, day: string, clock = '00:00:00'): number {
  const wanted = Date.parse(`${day}T${clock}Z`)
  const shown = (at: number) => Date.parse(`${dayIn(at, zone)}T${clockIn(at, zone)}Z`)
  let moment = wanted
  // The result is corrected by the zone's offset at that moment; twice, because there is at most one change of summer time in between.
  for (let turn = 0; turn < 2; turn += 1) moment += wanted - shown(moment)
  // A skipped time yields a moment before the change.
  return moment + Math.max(0, wanted - shown(moment))
}

/** The day this number of days later: `2026-11-26`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}
