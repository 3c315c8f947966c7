import type { Plan } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'
import { checkStarts } from '../schedules/check-starts.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Whether each scheduled task is started, once, as the configuration says, and whether a program that starts it is running. */
export async function examineSchedules(plan: Plan, choice: ConfigChoice, host: Host): Promise<readonly Diagnosis[]> {
  const found = (await checkStarts(plan, choice, host)).map(({ state, message, hint }) => ({
    ...{ area: 'schedules' as const, state, message },
    ...(hint !== undefined && { hint }),
  }))
  return found.length > 0
    ? found
    : [{ area: 'schedules', state: 'warning', message: 'no task has a "schedule"', hint: 'Add one, as in "30 2 * * *".' }]
}
