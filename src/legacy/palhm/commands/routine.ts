import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { Step } from '../../../plan/plan.ts'
import type { Context } from '../context.ts'
import { openFields } from '../values/fields.ts'
import { BUILTIN_KEYS, TASK_POINTER_KEYS, USE_KEYS } from '../values/keys.ts'
import { compileSigmask } from '../values/sigmask.ts'
import { member, textOf, type Value } from '../values/value.ts'
import { compileUse, isUseType, USE_TYPES } from './command-use.ts'

/** Returns the name in the plan of the task with that id, or undefined if there is none. */
export type FindTask = (pointer: Value, id: string) => string | undefined

const ENTRY_KEYS = { ...USE_KEYS, ...TASK_POINTER_KEYS, ...BUILTIN_KEYS }
const ENTRY_TYPES: readonly string[] = [...USE_TYPES, 'task', 'builtin']

/** Compiles one entry of a `routine`. Reports errors, and returns undefined then. */
export function compileRoutineEntry(entry: Value, context: Context, findTask: FindTask): Step | undefined {
  const { report } = context
  const typeAt = member(entry, 'type')
  if (entry.node.kind === 'string')
    return report.error(entry, 'expected an object, found a string', 'To run a task, write { "type": "task", "task-id": "…" }.')
  // Without a type, only the missing type can be reported.
  if (!typeAt) return void openFields(entry, ENTRY_KEYS, { report, required: ['type'] })
  const type = textOf(typeAt, report)
  if (type === 'task') return compilePointer(entry, context, findTask)
  if (type === 'builtin') return compileBuiltin(entry, context)
  if (isUseType(type)) {
    const command = compileUse(entry, type, context)
    return command && { kind: 'exec', command }
  }
  if (type === undefined) return undefined
  return report.error(typeAt, `unknown type ${quoted(type)}`, didYouMean(nearest(type, ENTRY_TYPES)) ?? `Valid types: ${ENTRY_TYPES.join(', ')}.`)
}

function compilePointer(entry: Value, { report }: Context, findTask: FindTask): Step | undefined {
  const fields = openFields(entry, TASK_POINTER_KEYS, { report, required: ['type', 'task-id'] })
  const idAt = fields?.get('task-id')
  const id = idAt && textOf(idAt, report)
  const task = idAt && id !== undefined ? findTask(idAt, id) : undefined
  return task === undefined ? undefined : { kind: 'task', task }
}

function compileBuiltin(entry: Value, { report }: Context): Step | undefined {
  const fields = openFields(entry, BUILTIN_KEYS, { report, required: ['type', 'builtin-id', 'param'] })
  const idAt = fields?.get('builtin-id')
  const param = fields?.get('param')
  const id = idAt && textOf(idAt, report)
  if (!idAt || id === undefined || !param) return undefined
  if (id === 'sigmask') return compileSigmask(param, report)
  return report.error(idAt, `unknown builtin ${quoted(id)}`, didYouMean(nearest(id, ['sigmask'])) ?? 'Available: sigmask.')
}
