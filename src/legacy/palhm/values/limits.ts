import { describeKind } from '../../../document/json/node.ts'
import type { Report } from '../../../document/report.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { KeepPolicy } from '../../../plan/plan.ts'
import { parseDecimal } from './decimal.ts'
import type { Value } from './value.ts'

/** Compiles the two limits of rotation. Undefined: one of them is wrong, and told. */
export function compileKeep(fields: { get(key: 'nb-copy-limit' | 'root-size-limit'): Value | undefined }, report: Report): KeepPolicy | undefined {
  const copies = readLimit(fields.get('nb-copy-limit'), report)
  const totalBytes = readLimit(fields.get('root-size-limit'), report)
  if (!copies || !totalBytes) return undefined
  return { ...(copies.limit !== undefined && { copies: copies.limit }), ...(totalBytes.limit !== undefined && { totalBytes: totalBytes.limit }) }
}

/** Infinite, with either sign, and null mean no limit, as documented; a fraction is rounded down. */
function readLimit(value: Value | undefined, report: Report): { readonly limit?: bigint } | undefined {
  const text = value && limitText(value, report)
  if (!value || text === null) return {}
  if (text === undefined) return undefined
  const number = parseDecimal(text)
  if (number?.kind === 'infinite') return {}
  if (number?.kind === 'finite') {
    if (number.floor < 1n) report.warn(value, 'with a limit below 1, all copies except the newest are removed')
    return { limit: number.floor }
  }
  return report.error(value, `invalid limit ${quoted(text)}`, 'Write a plain number without a unit; for no limit, remove the key.')
}

function limitText(value: Value, report: Report): string | null | undefined {
  const { node } = value
  if (node.kind === 'number') return node.text
  if (node.kind === 'string') return node.value
  if (node.kind === 'null') return null
  if (node.kind === 'boolean') return node.value ? '1' : '0'
  return report.error(value, `expected a number, found ${describeKind(node)}`)
}
