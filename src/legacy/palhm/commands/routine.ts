import type { Report } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { SignalName } from '../../../plan/command.ts'
import type { SignalsStep, Step } from '../../../plan/plan.ts'
import { resolveSignal, signalNames } from '../../../plan/signal-names.ts'
import type { Context } from '../context.ts'
import { BUILTIN_KEYS, SIGMASK_KEYS, TASK_POINTER_KEYS, USE_KEYS } from '../keys.ts'
import { openFields } from '../values/fields.ts'
import { listOf, member, textOf, type Value } from '../values/value.ts'
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

type Change = SignalsStep['changes'][number]

/** Compiles the `param` of the builtin "sigmask". Signals that cannot be blocked are skipped with a warning. */
function compileSigmask(param: Value, report: Report): SignalsStep | undefined {
  const changes = listOf(param, report)?.map((entry) => compileChange(entry, report))
  if (!changes?.every((it) => it !== undefined)) return undefined
  return { kind: 'signals', changes }
}

function compileChange(entry: Value, report: Report): Change | undefined {
  const fields = openFields(entry, SIGMASK_KEYS, { report, required: ['action', 'sig'] })
  const actionAt = fields?.get('action')
  const sigAt = fields?.get('sig')
  const action = actionAt && readAction(actionAt, report)
  const signals = sigAt && listOf(sigAt, report)?.map((item) => readSignal(item, report))
  return action && signals && { action, signals: signals.filter((it) => it !== undefined) }
}

function readAction(value: Value, report: Report): Change['action'] | undefined {
  const text = textOf(value, report)
  const action = text?.toLowerCase()
  if (action === 'block' || action === 'unblock') return action
  return text === undefined ? undefined : report.error(value, `unknown action ${quoted(text)}`, 'Valid actions: "block" and "unblock".')
}

function readSignal(value: Value, report: Report): SignalName | undefined {
  const { node } = value
  if (node.kind !== 'string' && !(node.kind === 'number' && /^[0-9]+$/u.test(node.text)))
    return report.error(
      value,
      `expected a signal, found ${node.kind === 'number' ? 'an invalid number' : describeKind(node)}`,
      'Write its name, such as "TERM", or its number.',
    )
  const text = node.kind === 'string' ? node.value : node.text
  const signal = resolveSignal(text)
  if (signal.kind === 'unknown')
    return report.error(value, `unknown signal ${quoted(text)}`, didYouMean(nearest(text.replace(/^SIG/iu, ''), signalNames())))
  if (signal.kind === 'real-time') return report.warn(value, `real-time signal ${quoted(text)} is not blocked`)
  if (signal.name === 'SIGKILL' || signal.name === 'SIGSTOP') return report.warn(value, `${signal.name} cannot be blocked`)
  return signal.name
}
