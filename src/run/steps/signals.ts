import type { SignalsStep } from '../../plan/plan.ts'
import type { StepContext } from '../run-context.ts'

/** Holds signals back or lets them through, for us and for the children started later, until the run's end or the next such step. */
export async function runSignals({ changes }: SignalsStep, { deps }: StepContext): Promise<undefined> {
  for (const { action, signals } of changes) {
    if (action === 'block') deps.signals.block(signals)
    else deps.signals.unblock(signals)
  }
  deps.processes.setBlockedSignals(deps.signals.blocked())
}
