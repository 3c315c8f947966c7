import type { Plan, Step, Task } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import { tasksReached } from '../../plan/steps/tasks-reached.ts'
import { loadRunners } from '../../run/runners.ts'
import { preloadStorage } from '../../storage/open.ts'

/** Loads everything that a run of the task can come to: an upgrade in the middle of it must change nothing of it. */
export async function preloadFor(plan: Plan, task: Task): Promise<void> {
  const steps = stepsOf(tasksReached(plan, task))
  // A check may look at the sets of any task.
  const storages = (steps.some(({ kind }) => kind === 'check') ? [...steps, ...stepsOf(tasksReached(plan))] : steps).flatMap(
    (step) => factsOf(step).storages,
  )
  await Promise.all([
    loadRunners(steps),
    ...storages.map(preloadStorage),
    ...(storages.length > 0 ? [import('../../backup/store/open-set-store.ts')] : []),
  ])
}

function stepsOf(tasks: readonly Task[]): readonly Step[] {
  return tasks.flatMap((task) => task.steps)
}
