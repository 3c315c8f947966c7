import { AppError } from '../../lib/errors.ts'
import type { Plan, ScheduleSpec, Task } from '../../plan/plan.ts'
import { type HostCrontab, openHostCrontab } from '../../schedule/host-crontab.ts'
import { nextRuns } from '../../schedule/next-runs.ts'
import { chooseTask } from '../choose-task.ts'
import { ownLines } from './own-lines.ts'
import { hasTimer } from './timers/task-units.ts'

/** A task with a schedule, and its next runs. */
export interface ScheduledTask {
  readonly task: string
  readonly schedule: readonly string[]
  readonly next: readonly Date[]
  /** Whether the crontab contains a line for it, or a systemd timer is installed; undefined if it has no timer and the crontab cannot be read. */
  readonly isEnabled: boolean | undefined
}

/** Number of runs to list for each task, and the time after which they begin. */
export interface NextRequest {
  readonly after: Date
  readonly count: number
  /** Absent: the crontab of the user that the plan names. */
  readonly crontab?: HostCrontab | undefined
}

/** The next runs of the task with that name, or of all tasks with a schedule, earliest first, and whether the crontab or a timer starts them. */
export async function listSchedule(plan: Plan, name: string | undefined, request: NextRequest): Promise<readonly ScheduledTask[]> {
  const tasks = name === undefined ? [...plan.tasks.values()] : [chooseTask(plan, name)]
  const enabled = await enabledIn(plan, request.crontab)
  return tasks
    .flatMap((task) => scheduledOf(task, request, hasTimer(task.name, plan) || enabled?.has(task.name)))
    .toSorted((a, b) => soonest(a) - soonest(b))
}

async function enabledIn(plan: Plan, crontab: HostCrontab | undefined): Promise<ReadonlySet<string> | undefined> {
  try {
    const table = crontab ?? (await openHostCrontab(plan.crontabUser))
    const text = await table.read()
    const enabled = new Set<string>()
    for (const name of plan.tasks.keys()) if ((await ownLines(text, name, { plan })).size > 0) enabled.add(name)
    return enabled
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

function scheduledOf({ name, schedule }: Task, request: NextRequest, isEnabled: boolean | undefined): readonly ScheduledTask[] {
  if (schedule === undefined) return []
  return [{ task: name, schedule: schedule.words, next: nextOf(schedule, request), isEnabled }]
}

/** Configurations of KristaBackup are loaded even if they contain invalid times, which are rejected by `enable`. */
function nextOf(schedule: ScheduleSpec, request: NextRequest): readonly Date[] {
  try {
    return nextRuns(schedule, request)
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}

function soonest({ next: [first] }: ScheduledTask): number {
  return first?.getTime() ?? Infinity
}
