import { formatDuration } from '../../lib/format.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { whyOtherZone, zoneOf } from '../schedules/zone.ts'
import type { Diagnosis } from './diagnosis.ts'

// A clock that its service sets forward by a second is not a fault.
const TOLERANCE_MS = 60_000
const HINT = 'Check the clock, and start a service that sets it, such as chrony or systemd-timesyncd.'

/** Whether the clock can be right, whether it is synchronized, and its zone. */
export async function examineClock(host: Host): Promise<readonly Diagnosis[]> {
  const now = host.clock()
  const newest = await newestRun(host)
  const isBehind = newest !== undefined && newest.getTime() - now.getTime() > TOLERANCE_MS
  const behind: Diagnosis[] = isBehind
    ? [
        {
          area: 'clock',
          state: 'error',
          message: `the clock is ${formatDuration(newest.getTime() - now.getTime())} behind the beginning of the newest recorded run`,
          hint: HINT,
        },
      ]
    : []
  const { name, offset, change } = zoneOf(now)
  const changes = change === undefined ? '' : `, ${change.offset} from ${change.at.toISOString().slice(0, 16)}Z`
  const zone: Diagnosis = { area: 'clock', state: 'ok', message: `${now.toISOString().slice(0, 19)}Z, time zone ${name} (${offset}${changes})` }
  return [zone, ...behind, ...(await synchronization()), ...(await otherZone(host.env['TZ'], now))]
}

/** The run that was recorded last: one before it may have been made while the clock was ahead. */
async function newestRun(host: Host): Promise<Date | undefined> {
  const journal = openHostJournal({ ...host, note: () => undefined })
  try {
    return (await journal.runs({ limit: 1, asRecorded: true }))[0]?.began
  } catch {
    // Reported with the state folder.
    return undefined
  } finally {
    await journal.close()
  }
}

/** Of systemd, which knows of every service that sets the clock (adjtimex(2)). */
async function synchronization(): Promise<readonly Diagnosis[]> {
  const { exitCode, stdout } = await queryTool(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], { limitMs: 5000 })
  if (exitCode !== 0 || stdout.trim() !== 'no') return []
  return [{ area: 'clock', state: 'warning', message: 'the clock is not synchronized with a time server', hint: HINT }]
}

async function otherZone(tz: string | undefined, now: Date): Promise<readonly Diagnosis[]> {
  const message = await whyOtherZone(tz, now)
  return message === undefined ? [] : [{ area: 'clock', state: 'warning', message, hint: 'Unset TZ, or set the time zone of the host.' }]
}
