import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type InstalledStarts, installedStarts } from '../../app/schedules/installed-starts.ts'
import { listSchedule, type ScheduledTask } from '../../app/schedules/list-schedule.ts'
import { offsetOf } from '../../app/schedules/zone.ts'
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
  if (hasFlag(invocation, 'json')) for (const it of shown) stdout.write(`${JSON.stringify(it)}\n`)
  else stdout.write(renderSchedule(shown, clock()))
  for (const { task, crontab, timer } of shown) {
    if (crontab === 'differs') host.note(`the crontab line of task "${task}" differs from the configuration: run "enable" again`)
    if (timer === 'differs') host.note(`the timer of task "${task}" differs from the configuration: run "enable --systemd" again`)
    if (crontab !== 'no' && crontab !== undefined && timer !== undefined && timer !== 'no')
      host.note(`task "${task}" is started by the crontab and by a timer: run "disable", or "disable --systemd"`)
  }
  return exitWith('ok')
}

function countOf({ args, options }: Invocation): number {
  const text = options['count'] ?? (args[0] === undefined ? '1' : '5')
  if (typeof text === 'string' && /^[1-9]\d{0,2}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number from 1 to 999.' })
}

function renderSchedule(tasks: readonly (ScheduledTask & Partial<InstalledStarts>)[], now: Date): string {
  if (tasks.length === 0) return 'no task has a schedule\n'
  const rows = tasks.flatMap(({ task, schedule, next, crontab = 'unknown', timer = 'no' }) => {
    const words = schedule.map(printable).join('; ')
    if (next.length === 0) return [['-', '-', printable(task), words, crontab, timer]]
    return next.map((at) => [localTime(at), formatDuration(at.getTime() - now.getTime()), printable(task), words, crontab, timer])
  })
  return renderTable([['next run', 'in', 'task', 'schedule', 'in crontab', 'timer'], ...rows], { right: [1] })
}

/** `2026-01-02 03:04:05 +0100`: local time, in which schedules are interpreted. */
function localTime(at: Date): string {
  const wall = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return `${wall} ${offsetOf(at)}`
}
