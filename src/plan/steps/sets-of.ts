import type { BackupStep, BackupTarget, CopyStep, Plan, Task } from '../plan.ts'
import { factsOf } from './step-facts.ts'

/** The sets of one backup step, wherever they are. */
export interface OwnedSets {
  readonly task: string
  /** How they are made. Of sets that no step of the plan makes, and that are only copied here, the name alone is known. */
  readonly step: Pick<BackupStep, 'name' | 'objects'>
  /** Every storage that has them: those that they are made on, then those that they are copied to. */
  readonly targets: readonly BackupTarget[]
}

/** One of these storages. */
export interface OwnedTarget extends Omit<OwnedSets, 'targets'> {
  readonly target: BackupTarget
}

/** The sets that a run of the task would come to, through its pointers; without a task, all of the plan. Each storage once. */
export function setsOf(plan: Pick<Plan, 'tasks'>, task?: Task): readonly OwnedSets[] {
  const copies = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'copy' ? [step] : [])))
  const found: OwnedSets[] = []
  const isKnown = (target: BackupTarget) => found.some(({ targets }) => targets.some((it) => isSamePlace(it, target)))
  const reached = tasksReached(plan, task)
  for (const { name, steps } of reached)
    for (const step of steps) if (step.kind === 'backup') found.push({ task: name, step, targets: withCopies(step.name, step.targets, copies) })
  const makers = [...plan.tasks.values()].flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'backup' ? [step] : [])))
  for (const { name, steps } of reached)
    for (const step of steps) {
      if (step.kind !== 'copy' || isKnown(step.to)) continue
      const maker = makers.find(
        (it) => it.name === step.name && withCopies(it.name, it.targets, copies).some((target) => isSamePlace(target, step.to)),
      )
      found.push({ task: name, step: maker ?? { name: step.name, objects: [] }, targets: [step.to] })
    }
  return found
}

/** Copies of copies too. */
function withCopies(name: string, made: readonly BackupTarget[], copies: readonly CopyStep[]): readonly BackupTarget[] {
  const targets = [...made]
  // A list that grows while it is walked is walked to its end.
  for (const target of targets)
    for (const copy of copies)
      if (copy.name === name && isSamePlace(copy.from, target) && !targets.some((it) => isSamePlace(it, copy.to))) targets.push(copy.to)
  return targets
}

type WithStorage = Pick<BackupTarget, 'storage'>

/** Whether two storages are one place, however they are described otherwise. */
function isSamePlace({ storage: a }: WithStorage, { storage: b }: WithStorage): boolean {
  if (a.kind === 'localfs' && b.kind === 'localfs') return a.root === b.root
  return JSON.stringify(a) === JSON.stringify(b)
}

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
