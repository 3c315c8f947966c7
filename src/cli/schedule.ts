import { AppError } from '../lib/errors.ts'
import { formatDuration, printable } from '../lib/format.ts'
import type { Plan, ScheduleSpec, Task } from '../plan/plan.ts'
import { enabledAmong } from '../schedule/crontab-text.ts'
import { openHostCrontab } from '../schedule/host-crontab.ts'
import { nextRuns } from '../schedule/next-runs.ts'
import { chooseTask } from './choose-task.ts'
import { type Exit, exitWith } from './exit.ts'
import { loadPlan } from './load-plan.ts'
import { hasFlag, type Invocation, UsageError } from './options.ts'
import { renderTable } from './table.ts'
import type { World } from './world.ts'

/** A task with a schedule, and when it runs next. */
interface ScheduledTask {
  readonly task: string
  readonly schedule: readonly string[]
  readonly next: readonly Date[]
  /** Whether the crontab has a line for it; undefined where the crontab cannot be read. */
  readonly isEnabled: boolean | undefined
}

/** `schedule [TASK]`: when tasks run next by their schedules, the soonest first, and whether the crontab starts them. */
export async function showSchedule(invocation: Invocation, world: World): Promise<Exit> {
  const plan = await loadPlan(invocation.global)
  const [name] = invocation.args
  const tasks = name === undefined ? [...plan.tasks.values()] : [chooseTask(plan, name)]
  const enabled = await enabledIn(plan)
  const asked = { after: world.clock(), count: countOf(invocation) }
  const scheduled = tasks.flatMap((task) => scheduledOf(task, asked, enabled)).toSorted((a, b) => soonest(a) - soonest(b))
  if (hasFlag(invocation, 'json')) for (const it of scheduled) world.stdout.write(`${JSON.stringify(it)}\n`)
  else world.stdout.write(renderSchedule(scheduled, world.clock()))
  return exitWith('ok')
}

function countOf({ options }: Invocation): number {
  const text = options['count'] ?? '1'
  if (typeof text === 'string' && /^[1-9]\d{0,2}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number from 1 to 999.' })
}

async function enabledIn({ crontabUser, tasks }: Plan): Promise<ReadonlySet<string> | undefined> {
  const names = [...tasks.keys()].map((name) => [name, Buffer.from(name, 'utf8').toString('latin1')] as const)
  try {
    const table = await openHostCrontab(crontabUser)
    const found = enabledAmong(
      await table.read(),
      names.map(([, bytes]) => bytes),
    )
    return new Set(names.filter(([, bytes]) => found.has(bytes)).map(([name]) => name))
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

function scheduledOf(
  { name, schedule }: Task,
  asked: { readonly after: Date; readonly count: number },
  enabled: ReadonlySet<string> | undefined,
): readonly ScheduledTask[] {
  if (schedule === undefined) return []
  return [{ task: name, schedule: schedule.words, next: nextOf(schedule, asked), isEnabled: enabled?.has(name) }]
}

/** KristaBackup's configurations load with times that are invalid, and are refused when they are enabled. */
function nextOf(schedule: ScheduleSpec, asked: { readonly after: Date; readonly count: number }): readonly Date[] {
  try {
    return nextRuns(schedule, asked)
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}

function soonest({ next: [first] }: ScheduledTask): number {
  return first?.getTime() ?? Infinity
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

/** `2026-01-02 03:04:05 +0100`: the wall clock that schedules go by. */
function localTime(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((it) => String(it).padStart(2, '0'))
  const wall = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ')
  return `${wall} ${minutes < 0 ? '-' : '+'}${hours}${rest}`
}
