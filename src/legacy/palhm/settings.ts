import type { Report } from '../../document/issue-report.ts'
import { describeKind } from '../../document/json/node.ts'
import type { HostFacts } from '../../plan/loading.ts'
import { parseDecimal } from './values/decimal.ts'
import type { Value } from './values/value.ts'

const DEFAULT_VERBOSITY = 3
const FAR = 1_000_000

/** `vl`: a whole number; `true` counts as 1. The default if it is invalid, so that the rest can still be checked. */
export function readVerbosity(value: Value | undefined, report: Report): number {
  const text = value && numberText(value, report)
  if (value === undefined || text === undefined) return DEFAULT_VERBOSITY
  // Numbers with a point or an exponent were always rejected, even 3.0.
  if (/^-?[0-9]+$/u.test(text)) return bounded(Number(text), value, report)
  report.error(value, `expected a whole number, found ${text}`)
  return DEFAULT_VERBOSITY
}

function bounded(number: number, value: Value, report: Report): number {
  const near = Math.max(-FAR, Math.min(FAR, number))
  if (near !== number) report.warn(value, `it is treated as ${near}`)
  return near
}

// More parallel objects than this have no benefit.
const MAX_WORKERS = 65_536

/** `nb-workers`: 0: the CPUs available to the process; negative: the machine's CPUs + 4 (at most 32); fractions are rounded up. */
export function readWorkers(value: Value | undefined, host: HostFacts, report: Report): number {
  const text = value && numberText(value, report)
  const number = text === undefined ? undefined : parseDecimal(text)
  if (number?.kind === 'infinite') return text?.startsWith('-') ? libraryDefault(host) : MAX_WORKERS
  if (value && number?.kind === 'nan') report.error(value, 'expected a number, found NaN')
  if (number?.kind !== 'finite') return Math.max(1, host.availableCpus)
  if (number.floor < 0n) return libraryDefault(host)
  const count = number.floor + (number.exact ? 0n : 1n)
  if (count === 0n) return Math.max(1, host.availableCpus)
  return count > BigInt(MAX_WORKERS) ? MAX_WORKERS : Number(count)
}

function libraryDefault({ machineCpus }: HostFacts): number {
  return Math.min(32, machineCpus + 4)
}

function numberText(value: Value, report: Report): string | undefined {
  const { node } = value
  if (node.kind === 'number') return node.text
  if (node.kind === 'boolean') return node.value ? '1' : '0'
  return report.error(value, `expected a number, found ${describeKind(node)}`, node.kind === 'string' ? 'Remove the quotes.' : undefined)
}
