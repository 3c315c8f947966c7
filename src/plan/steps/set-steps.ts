import type { BackupStep, BackupTarget, CopyStep, Plan, Task } from '../plan.ts'
import { tasksReached } from './tasks-reached.ts'

/** A step that puts sets on storages, by making or by copying them, with the task that it stands in. */
export interface SetStep {
  readonly task: Task
  readonly step: BackupStep | CopyStep
  /** Those that keep them; at least one. */
  readonly targets: readonly BackupTarget[]
}

/** The steps of a run of the task after which a storage has a new set, those of tasks inside it too; without a task, all of the plan. */
export function setStepsOf(plan: Pick<Plan, 'tasks'>, task?: Task): readonly SetStep[] {
  return tasksReached(plan, task).flatMap((owner) =>
    owner.steps.flatMap((step) => {
      if (step.kind !== 'backup' && step.kind !== 'copy') return []
      const targets = (step.kind === 'backup' ? step.targets : [step.to]).filter(({ storage }) => storage.kind !== 'null')
      return targets.length === 0 ? [] : [{ task: owner, step, targets }]
    }),
  )
}
