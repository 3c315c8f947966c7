import type { Plan } from '../../plan/plan.ts'
import { disableTasks, enableTasks } from '../schedules/change-crontab.ts'
import { disableTimers } from '../schedules/timers/change-timers.ts'
import { hasTimer } from '../schedules/timers/task-units.ts'
import { collecting, type WebHost } from './web-host.ts'

export interface SwitchRequest {
  readonly plan: Plan
  readonly task: string
  readonly isEnabled: boolean
}

/** Adds a task to the crontab unless a timer starts it, or removes it from the crontab with its timer. Rejects as `enableTasks` and `disableTimers` do. */
export async function switchTask({ plan, task, isEnabled }: SwitchRequest, host: WebHost): Promise<void> {
  const request = { plan, unit: task, isDry: false, choice: host.choice }
  const asking = collecting(host)
  if (!isEnabled) {
    if (hasTimer(task, plan)) await disableTimers(request, asking.host)
    await disableTasks(request, asking.host)
  } else if (!hasTimer(task, plan)) await enableTasks(request, asking.host)
}
