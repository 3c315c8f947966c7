import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type InstalledStarts, installedStarts } from '../../app/schedules/installed-starts.ts'
import { listSchedule, type ScheduledTask } from '../../app/schedules/list-schedule.ts'
import { strayStarts } from '../../app/schedules/stray-starts.ts'
import { offsetOf, whyOtherZone, type Zone, zoneOf } from '../../app/schedules/zone.ts'
import { UsageError } from '../../app/usage-error.ts'
import { formatDuration, printable } from '../../lib/format.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderTable } from '../terminal/table.ts'

/** `schedule [TASK]`. */
export async function scheduleCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { stdout, clock, env } = host
  const plan = await loadPlan(invocation.global, env)
  const scheduled = await listSchedule(plan, invocation.args[0], { after: clock(), count: countOf(invocation) })
  const starts = await installedStarts(plan, invocation.global, host)
  const shown = scheduled.map((it) => ({ ...it, ...starts.get(it.task) }))
  const zone = zoneOf(clock())
  if (hasFlag(invocation, 'json')) for (const it of shown) stdout.write(`${JSON.stringify({ ...it, timeZone: zone.name })}\n`)
  else stdout.write(renderSchedule(shown, clock(), zone))
  for (const it of shown) reportDrift({ ...it, catchUp: plan.tasks.get(it.task)?.schedule?.catchUp === true }, host)
  for (const { task, kind } of invocation.args[0] === undefined ? await strayStarts(plan, host) : [])
    host.note(
      `${kind === 'timer' ? 'a timer' : 'a crontab line'} starts the task "${task}", which has no schedule in the configuration: run "disable${kind === 'timer' ? ' --systemd' : ''}"`,
    )
  const other = await whyOtherZone(env['TZ'], clock())
  if (other !== undefined) host.note(other)
  return exitWith('ok')
}

type Shown = ScheduledTask & Partial<InstalledStarts>

/** What is installed otherwise than configured, with both versions. */
function reportDrift({ task, crontab, timer, drift, catchUp }: Shown & { readonly catchUp: boolean }, host: CliHost): void {
  if (catchUp && crontab !== 'no' && crontab !== undefined && timer === 'no')
    host.note(`catch-up of task "${task}" is ignored: cron does not support it; use "enable --systemd"`)
  if (crontab === 'differs') host.note(`the crontab line of task "${task}" differs from the configuration: run "enable" again`)
  if (timer === 'differs') host.note(`the timer of task "${task}" differs from the configuration: run "enable --systemd" again`)
  for (const line of drift?.installed ?? []) host.note(`installed: ${line}`)
  for (const line of drift?.planned ?? []) host.note(`planned:   ${line}`)
  if (crontab !== 'no' && crontab !== undefined && timer !== undefined && timer !== 'no')
    host.note(`task "${task}" is started by the crontab and by a timer: run "disable", or "disable --systemd"`)
}

function countOf({ args, options }: Invocation): number {
  const text = options['count'] ?? (args[0] === undefined ? '1' : '5')
  if (typeof text === 'string' && /^[1-9]\d{0,2}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number from 1 to 999.' })
}

function renderSchedule(tasks: readonly Shown[], now: Date, { name, offset, change }: Zone): string {
  if (tasks.length === 0) return 'no task has a schedule\n'
  const rows = tasks.flatMap(({ task, schedule, next, crontab = 'unknown', timer = 'no' }) => {
    const words = schedule.map(printable).join('; ')
    if (next.length === 0) return [['-', '-', printable(task), words, crontab, timer]]
    return next.map((at) => [localTime(at), formatDuration(at.getTime() - now.getTime()), printable(task), words, crontab, timer])
  })
  const changes = change === undefined ? '' : `; from ${localTime(change.at)} on: ${change.offset}`
  const table = renderTable([['next run', 'in', 'task', 'schedule', 'in crontab', 'timer'], ...rows], { right: [1] })
  return `${table}\n  time zone ${name}, ${offset}${changes}\n`
}

/** `2026-01-02 03:04:05 +0100`: local time, in which schedules are interpreted. */
function localTime(at: Date): string {
  const wall = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return `${wall} ${offsetOf(at)}`
}
