import { AppError } from '../lib/errors.ts'
import { counted, printable } from '../lib/format.ts'
import { nearest } from '../lib/suggest.ts'
import type { BackupStep, Plan, Task } from '../plan/plan.ts'

class UnknownTask extends AppError {
  readonly code = 'cli/unknown-task'
}

const LISTED = 20

/** The task of that name; the plan's default for no name and for the empty one. Throws `cli/unknown-task`. */
export function chooseTask({ tasks, defaultTask }: Plan, name: string | undefined): Task {
  const wanted = name === undefined || name === '' ? defaultTask : name
  const task = tasks.get(wanted)
  if (task !== undefined) return task
  const isDefault = wanted !== name
  const message = `there is no task "${printable(wanted)}"${isDefault ? ', which runs when no task is named' : ''}`
  throw new UnknownTask(message, { hint: hintFor(wanted, [...tasks.keys()]) })
}

/** A backup step with the task that it belongs to. */
export interface OwnedBackup {
  readonly task: string
  readonly step: BackupStep
}

/** The backup steps that a run of the task would come to, through its pointers; without a task, all of the plan. Each once, in the order of the plan. */
export function backupsOf(plan: Plan, task?: Task): readonly OwnedBackup[] {
  const reached = task === undefined ? [...plan.tasks.values()] : reachedFrom(plan, task)
  return reached.flatMap(({ name, steps }) => steps.flatMap((step) => (step.kind === 'backup' ? [{ task: name, step }] : [])))
}

function reachedFrom(plan: Plan, start: Task): readonly Task[] {
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

function hintFor(wanted: string, names: readonly string[]): string {
  if (names.length === 0) return 'The configuration has no tasks.'
  const guess = nearest(wanted, names)
  const shown = names
    .slice(0, LISTED)
    .map((name) => `"${printable(name)}"`)
    .join(', ')
  const rest = names.length > LISTED ? `, and ${counted(names.length - LISTED, 'more task')}` : ''
  return `${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}The tasks are: ${shown}${rest}.`
}
