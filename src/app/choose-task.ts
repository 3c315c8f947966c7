import { AppError } from '../lib/errors.ts'
import { counted, printable } from '../lib/format.ts'
import { nearest } from '../lib/suggest.ts'
import type { Plan, Task } from '../plan/plan.ts'

class UnknownTask extends AppError {
  readonly code = 'cli/unknown-task'
}

const LISTED = 20

/** The task with that name, otherwise the part; for no name and for an empty one, the default of the plan. Throws `cli/unknown-task`. */
export function chooseTask({ tasks, parts, defaultTask }: Plan, name: string | undefined): Task {
  const wanted = name === undefined || name === '' ? defaultTask : name
  const task = tasks.get(wanted) ?? parts?.get(wanted)
  if (task !== undefined) return task
  const isDefault = wanted !== name
  const message = `unknown task "${printable(wanted)}"${isDefault ? ', which is run by default' : ''}`
  throw new UnknownTask(message, { hint: hintFor(wanted, [...new Set([...tasks.keys(), ...(parts?.keys() ?? [])])]) })
}

/** A part of the plan, changed so that it only reports what it would do. Tasks are not used, even if they have that name. Throws `cli/unknown-task`. */
export function choosePartDry({ parts = new Map(), tasks }: Plan, name: string): Task {
  const part = parts.get(name)
  if (part !== undefined) return { ...part, steps: part.steps.map((step) => ({ ...step, dry: true })) }
  const what = tasks.has(name) ? `"${printable(name)}" is a task; --dry is only supported for actions` : `unknown action "${printable(name)}"`
  throw new UnknownTask(what, { hint: tasks.has(name) ? 'Use "holdfast run --dry-run".' : hintFor(name, [...parts.keys()], 'actions') })
}

function hintFor(wanted: string, names: readonly string[], title = 'tasks'): string {
  if (names.length === 0) return `No ${title} are configured.`
  const guess = nearest(wanted, names)
  const isSet = wanted === 'latest' || wanted === 'all' || /^\d{4}-?\d\d-?\d\d/u.test(wanted)
  const order = title === 'tasks' && isSet ? `The task comes before the set: "${printable(names[0] ?? '')} ${printable(wanted)}". ` : ''
  const shown = names
    .slice(0, LISTED)
    .map((name) => `"${printable(name)}"`)
    .join(', ')
  const rest = names.length > LISTED ? `, and ${counted(names.length - LISTED, 'more task')}` : ''
  return `${order}${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}Available ${title}: ${shown}${rest}.`
}
