import type { BackupStep, BackupTarget, CopyStep, Plan, Task } from '../plan.ts'
import { factsOf } from './step-facts.ts'

/** The sets of one backup step, on all storages. */
export interface OwnedSets {
  readonly task: string
  /** How they are made. For sets that are only copied by the plan, only the name is known. */
  readonly step: Pick<BackupStep, 'name' | 'objects'>
  /** All storages with these sets: those on which they are made, then those to which they are copied. */
  readonly targets: readonly BackupTarget[]
}

/** One of these storages. */
export interface OwnedTarget extends Omit<OwnedSets, 'targets'> {
  readonly target: BackupTarget
}

/** The sets of all steps of a run of the task, including tasks inside it; without a task, those of the whole plan. Each storage once. */
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

/** Including copies of copies. */
function withCopies(name: string, made: readonly BackupTarget[], copies: readonly CopyStep[]): readonly BackupTarget[] {
  const targets = [...made]
  // A list that grows during the iteration is iterated to its end.
  for (const target of targets)
    for (const copy of copies)
      if (copy.name === name && isSamePlace(copy.from, target) && !targets.some((it) => isSamePlace(it, copy.to))) targets.push(copy.to)
  return targets
}

type WithStorage = Pick<BackupTarget, 'storage'>

/** Whether two storages have the same location. */
function isSamePlace({ storage: a }: WithStorage, { storage: b }: WithStorage): boolean {
  if (a.kind === 'localfs' && b.kind === 'localfs') return a.root === b.root
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A step that stores sets, by making or copying them, with its task. */
export interface SetStep {
  readonly task: Task
  readonly step: BackupStep | CopyStep
  /** The storages that store them; at least one. */
  readonly targets: readonly BackupTarget[]
}

/** The steps of a run of the task that store sets, including those of tasks inside it; without a task, those of the whole plan. */
export function setStepsOf(plan: Pick<Plan, 'tasks'>, task?: Task): readonly SetStep[] {
  return tasksReached(plan, task).flatMap((owner) =>
    owner.steps.flatMap((step) => {
      if (step.kind !== 'backup' && step.kind !== 'copy') return []
      const targets = (step.kind === 'backup' ? step.targets : [step.to]).filter(({ storage }) => storage.kind !== 'null')
      return targets.length === 0 ? [] : [{ task: owner, step, targets }]
    }),
  )
}

/** The task itself, and every task that it runs; without a task, all tasks of the plan. */
export function tasksReached(plan: Pick<Plan, 'tasks'>, start?: Task): readonly Task[] {
  if (start === undefined) return [...plan.tasks.values()]
  const reached = new Set<Task>([start])
  // A set that grows during the iteration is iterated to its end.
  for (const { steps } of reached) {
    for (const step of steps) {
      const { task } = factsOf(step)
      const target = task === undefined ? undefined : plan.tasks.get(task)
      if (target !== undefined) reached.add(target)
    }
  }
  return [...reached]
}
