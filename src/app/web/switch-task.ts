import { AppError, errorsOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { disableTasks, enableTasks } from '../schedules/change-crontab.ts'
import { disableTimers, enableTimers } from '../schedules/timers/change-timers.ts'
import { hasTimer } from '../schedules/timers/task-units.ts'
import { collecting, type WebHost } from './web-host.ts'

export interface SwitchRequest {
  readonly plan: Plan
  readonly task: string
  readonly isEnabled: boolean
}

class StartError extends errorsOf('web')<'start-not-changed'> {}

/** Adds a task to the crontab unless a timer starts it, or removes it from the crontab with its timer. Rejects as `enableTasks` and `disableTimers` do. */
export async function switchTask({ plan, task, isEnabled }: SwitchRequest, host: WebHost): Promise<void> {
  const request = { plan, unit: task, isDry: false, choice: host.choice }
  const collected = collecting(host)
  if (!isEnabled) {
    if (hasTimer(task, plan)) await disableTimers(request, collected.host)
    await disableTasks(request, collected.host)
  } else if (!hasTimer(task, plan)) await enableTasks(request, collected.host)
}

/**
 * After the schedule of an enabled task was changed in the configuration, or the task was removed from it: changes what starts the task accordingly. Rejects
 * with `web/start-not-changed` if this failed, because the configuration is already changed.
 */
export async function followChange(change: 'changed' | 'removed', { plan, task }: Omit<SwitchRequest, 'isEnabled'>, host: WebHost): Promise<void> {
  try {
    if (change === 'removed') await switchTask({ plan, task, isEnabled: false }, host)
    else if (hasTimer(task, plan)) await enableTimers({ plan, unit: task, isDry: false, choice: host.choice }, collecting(host).host)
    else await switchTask({ plan, task, isEnabled: true }, host)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const done =
      change === 'removed' ? 'the task was removed from the configuration, but is still started' : 'the schedule was saved, but is not in effect'
    const hint = `Run "holdfast ${change === 'removed' ? 'disable' : 'enable'}" for the task on the host.`
    throw new StartError('start-not-changed', `${done}: ${error.message}`, {
      hint: [error.hint, hint].filter((it) => it !== undefined).join(' '),
      cause: error,
    })
  }
}
