import type { Plan, StorageSpec, Task } from '../plan/plan.ts'
import { preloadStorage } from '../storage/open.ts'

/** Loads what the storages of a task need and are not loaded with: an upgrade in the middle of a run must change nothing of it. */
export async function preloadFor(plan: Plan, task: Task): Promise<void> {
  await Promise.all(storagesIn(task, plan, new Set()).map(preloadStorage))
}

function storagesIn(task: Task, plan: Plan, seen: Set<Task>): readonly StorageSpec[] {
  if (seen.has(task)) return []
  seen.add(task)
  return task.steps.flatMap((step) => {
    if (step.kind === 'backup') return step.targets.map(({ storage }) => storage)
    if (step.kind === 'copy') return [step.from.storage, step.to.storage]
    const inner = step.kind === 'task' ? plan.tasks.get(step.task) : undefined
    return inner ? storagesIn(inner, plan, seen) : []
  })
}
