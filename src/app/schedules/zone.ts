import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/durations.ts'
import { printable } from '../../lib/format.ts'
import { queryTool } from '../../process/tool/run-tool.ts'

export interface Zone {
  /** Of the IANA database. */
  readonly name: string
  /** `+0100`. */
  readonly offset: string
  /** The next change of the offset: the begin or the end of daylight saving time. */
  readonly change?: { readonly at: Date; readonly offset: string }
}

/** The time zone of this process at a time, in which schedules without a zone are interpreted. */
export function zoneOf(at: Date): Zone {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone
  const change = nextChange(at)
  return { name, offset: offsetOf(at), ...(change && { change: { at: change, offset: offsetOf(change) } }) }
}

/** `+0100` of local time. */
export function offsetOf(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((it) => String(it).padStart(2, '0'))
  return `${minutes < 0 ? '-' : '+'}${hours}${rest}`
}

/** Why times in the zone of this process are not those at which cron and systemd start tasks; undefined if they are. `tz`: the variable TZ. */
export async function whyOtherZone(tz: string | undefined, at: Date): Promise<string | undefined> {
  if (tz === undefined) return undefined
  const own = offsetOf(at)
  const { exitCode, stdout } = await queryTool(['date', '-d', `@${Math.floor(at.getTime() / 1000)}`, '+%z'])
  const host = stdout.trim()
  if (exitCode !== 0 || host === own) return undefined
  return `the variable TZ ("${printable(tz)}") sets another time zone (${own}) than that of the host (${host}), in which cron and systemd start tasks`
}

/** The minute in which the offset changes next, within 400 days. */
function nextChange(after: Date): Date | undefined {
  const offset = after.getTimezoneOffset()
  const differs = (ms: number) => new Date(ms).getTimezoneOffset() !== offset
  const start = Math.floor(after.getTime() / HOUR_MS) * HOUR_MS
  for (let day = 1; day <= 400; day += 1) {
    if (!differs(start + day * DAY_MS)) continue
    let [low, high] = [start + (day - 1) * DAY_MS, start + day * DAY_MS]
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS
      if (differs(middle)) high = middle
      else low = middle
    }
    return new Date(high)
  }
  return undefined
}
