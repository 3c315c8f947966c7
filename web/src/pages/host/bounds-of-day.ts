const DAY_MS = 86_400_000

/** The first and last moment of a day in a zone, as UTC; summer time makes some days an hour longer or shorter. */
export function boundsOfDay(day: string, zone: string): { readonly from: string; readonly to: string } | Record<string, never> {
  const noon = Date.parse(`${day}T12:00:00Z`)
  if (!Number.isFinite(noon)) return {}
  const start = startOf(noon - DAY_MS / 2, zone)
  const end = startOf(noon + DAY_MS / 2, zone)
  return { from: new Date(start).toISOString(), to: new Date(end - 1).toISOString() }
}

/** When the clocks in the zone show what `wall` is in UTC. */
function startOf(wall: number, zone: string): number {
  const first = wall - offsetAt(wall, zone)
  return wall - offsetAt(first, zone)
}

function offsetAt(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const { year, month, day, hour, minute, second } = parts
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - Math.floor(at / 1000) * 1000
}
