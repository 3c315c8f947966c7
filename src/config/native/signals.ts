import type { Report } from '../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../document/yaml/node.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { SignalName } from '../../plan/command.ts'
import type { SignalsStep } from '../../plan/plan.ts'
import { resolveSignal, signalNames } from '../../plan/signal-names.ts'
import type { StepInput } from './schema/tasks.ts'

type Change = SignalsStep['changes'][number]

export function compileSignals(input: NonNullable<StepInput['signals']>, at: LocatedNode, report: Report): SignalsStep {
  const entries = [input].flat()
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  const changes = entries.flatMap((entry, index): readonly Change[] => {
    const place = places[index] ?? at
    return (['block', 'unblock'] as const).flatMap((action) => {
      const names = entry[action]
      return names ? [{ action, signals: names.flatMap((name, it) => signalOf(name, itemsOf(memberOf(place, action))[it] ?? place, report)) }] : []
    })
  })
  return { kind: 'signals', changes }
}

function signalOf(name: string | number, at: LocatedNode, report: Report): readonly SignalName[] {
  const text = String(name)
  const signal = resolveSignal(text)
  if (signal.kind === 'unknown')
    report.error(locationOf(at), `unknown signal ${quoted(text)}`, didYouMean(nearest(text.replace(/^SIG/iu, ''), signalNames())))
  else if (signal.kind === 'real-time') report.error(locationOf(at), `real-time signal ${quoted(text)} cannot be blocked`)
  else if (signal.name === 'SIGKILL' || signal.name === 'SIGSTOP') report.error(locationOf(at), `${signal.name} cannot be blocked`)
  return signal.kind === 'signal' ? [signal.name] : []
}
