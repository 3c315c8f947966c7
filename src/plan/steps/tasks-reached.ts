import type { Plan, Task } from '../plan.ts'
import { factsOf } from './step-facts.ts'

/** The task itself, and every task that a run of it comes to; without a task, all of the plan. */
export function tasksReached(plan: Pick<Plan, 'tasks'>, start?: Task): readonly Task[] {
  if (start === undefined) return [...plan.tasks.values()]
  const reached = new Set<Task>([start])
  // A set that grows while it is walked is walked to its end.
  for (const { steps } of reached) {
    for (const step of steps) {
      const { task } = factsOf(step)
      const target = task === undefined ? undefined : plan.tasks.get(task)
      if (target !== undefined) reached.add(target)
    }
  }
  return [...reached]
}
