import type { Plan, Task } from '../plan.ts'

/** The task itself, and every task that a run of it comes to; without a task, all of the plan. */
export function tasksReached(plan: Pick<Plan, 'tasks'>, start?: Task): readonly Task[] {
  if (start === undefined) return [...plan.tasks.values()]
  const reached = new Set<Task>([start])
  // A set that grows while it is walked is walked to its end.
  for (const { steps } of reached) {
    for (const step of steps) {
      const target = step.kind === 'task' ? plan.tasks.get(step.task) : undefined
      if (target !== undefined) reached.add(target)
    }
  }
  return [...reached]
}
