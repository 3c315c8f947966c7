import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { listSchedule, type ScheduledTask } from '../../app/schedules/list-schedule.ts'
import { UsageError } from '../../app/usage-error.ts'
import { formatDuration, printable } from '../../lib/format.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderTable } from '../terminal/table.ts'

/** `schedule [TASK]`. */
export async function scheduleCommand(invocation: Invocation, { stdout, clock, env }: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, env)
  const scheduled = await listSchedule(plan, invocation.args[0], { after: clock(), count: countOf(invocation) })
  if (hasFlag(invocation, 'json')) for (const it of scheduled) stdout.write(`${JSON.stringify(it)}\n`)
  else stdout.write(renderSchedule(scheduled, clock()))
  return exitWith('ok')
}

function countOf({ options }: Invocation): number {
  const text = options['count'] ?? '1'
  if (typeof text === 'string' && /^[1-9]\d{0,2}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number from 1 to 999.' })
}

function renderSchedule(tasks: readonly ScheduledTask[], now: Date): string {
  if (tasks.length === 0) return 'no task has a schedule\n'
  const rows = tasks.flatMap(({ task, schedule, next, isEnabled }) => {
    const state = isEnabled === undefined ? 'unknown' : isEnabled ? 'yes' : 'no'
    const words = schedule.map(printable).join('; ')
    if (next.length === 0) return [['-', '-', printable(task), words, state]]
    return next.map((at) => [localTime(at), formatDuration(at.getTime() - now.getTime()), printable(task), words, state])
  })
  return renderTable([['next run', 'in', 'task', 'schedule', 'in crontab'], ...rows], { right: [1] })
}

/** `2026-01-02 03:04:05 +0100`: local time, in which schedules are interpreted. */
function localTime(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((it) => String(it).padStart(2, '0'))
  const wall = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return `${wall} ${minutes < 0 ? '-' : '+'}${hours}${rest}`
}
