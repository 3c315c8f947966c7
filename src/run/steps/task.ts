import type { TaskStep } from '../../plan/plan.ts'
import type { StepContext } from '../run-context.ts'

/** Runs another task of the plan here; its failure is ours. */
export async function runTaskStep({ task }: TaskStep, { runTask }: StepContext): Promise<undefined> {
  await runTask(task)
}
