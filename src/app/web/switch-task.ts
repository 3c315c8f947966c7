import type { Plan } from '../../plan/plan.ts'
import { disableTasks, enableTasks } from '../schedules/change-crontab.ts'
import { collecting, type WebHost } from './web-host.ts'

export interface SwitchRequest {
  readonly plan: Plan
  readonly task: string
  readonly isEnabled: boolean
}

/** Enables or disables a task in the crontab. Rejects as `enableTasks` does. */
export async function switchTask({ plan, task, isEnabled }: SwitchRequest, host: WebHost): Promise<void> {
  const request = { plan, unit: task, isDry: false, choice: host.choice }
  const asking = collecting(host)
  await (isEnabled ? enableTasks(request, asking.host) : disableTasks(request, asking.host))
}
