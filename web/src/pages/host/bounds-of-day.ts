import { dayAfter, momentIn } from '../../format/zoned-moment.ts'

/** The first and last moment of a day in a zone, as UTC; summer time makes some days an hour longer or shorter. Nothing where it is no day. */
export function boundsOfDay(day: string, zone: string): { readonly from: string; readonly to: string } | Record<string, never> {
  if (!Number.isFinite(Date.parse(`${day}T12:00:00Z`))) return {}
  return { from: new Date(momentIn(zone, day)).toISOString(), to: new Date(momentIn(zone, dayAfter(day, 1)) - 1).toISOString() }
}
