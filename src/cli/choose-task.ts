import { AppError } from '../lib/errors.ts'
import { counted, printable } from '../lib/format.ts'
import { nearest } from '../lib/suggest.ts'
import type { Plan, Task } from '../plan/plan.ts'

class UnknownTask extends AppError {
  readonly code = 'cli/unknown-task'
}

const LISTED = 20

/** The task of that name, else the part; the plan's default for no name and for the empty one. Throws `cli/unknown-task`. */
export function chooseTask({ tasks, parts, defaultTask }: Plan, name: string | undefined): Task {
  const wanted = name === undefined || name === '' ? defaultTask : name
  const task = tasks.get(wanted) ?? parts?.get(wanted)
  if (task !== undefined) return task
  const isDefault = wanted !== name
  const message = `there is no task "${printable(wanted)}"${isDefault ? ', which runs when no task is named' : ''}`
  throw new UnknownTask(message, { hint: hintFor(wanted, [...new Set([...tasks.keys(), ...(parts?.keys() ?? [])])]) })
}

/** A part of the plan, changed so that it only tells what it would do. A task does not count, even one of that name. Throws `cli/unknown-task`. */
export function choosePartDry({ parts = new Map(), tasks }: Plan, name: string): Task {
  const part = parts.get(name)
  if (part !== undefined) return { ...part, steps: part.steps.map((step) => ({ ...step, dry: true })) }
  const what = tasks.has(name) ? `"${printable(name)}" is a task, and only actions are tried by --dry` : `there is no action "${printable(name)}"`
  throw new UnknownTask(what, { hint: tasks.has(name) ? 'Use --dry-run under the name "holdfast".' : hintFor(name, [...parts.keys()], 'actions') })
}

function hintFor(wanted: string, names: readonly string[], title = 'tasks'): string {
  if (names.length === 0) return `The configuration has no ${title}.`
  const guess = nearest(wanted, names)
  const shown = names
    .slice(0, LISTED)
    .map((name) => `"${printable(name)}"`)
    .join(', ')
  const rest = names.length > LISTED ? `, and ${counted(names.length - LISTED, 'more task')}` : ''
  return `${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}The ${title} are: ${shown}${rest}.`
}
