import { dayAfter, momentIn } from '../../format/zoned-moment.ts'

/** The first and last moment of a day in a zone, as UTC; with summer time, some days are an hour longer or shorter. */
export function boundsOfDay(day: string, zone: string): { readonly from: string; readonly to: string } {
  return { from: new Date(momentIn(zone, day)).toISOString(), to: new Date(momentIn(zone, dayAfter(day, 1)) - 1).toISOString() }
}
