import { describeKind } from '../../../document/json/node.ts'
import type { Report } from '../../../document/report.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { SignalName } from '../../../plan/command.ts'
import type { SignalsStep } from '../../../plan/plan.ts'
import { resolveSignal, signalNames } from '../../../plan/signal-names.ts'
import { openFields } from './fields.ts'
import { SIGMASK_KEYS } from './keys.ts'
import { listOf, textOf, type Value } from './value.ts'

type Change = SignalsStep['changes'][number]

/** Compiles the `param` of the builtin "sigmask". Signals that cannot be blocked are skipped with a warning. */
export function compileSigmask(param: Value, report: Report): SignalsStep | undefined {
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
