import type { Report } from '../../../document/issue-report.ts'
import { describeKind } from '../../../document/json/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { KeepPolicy } from '../../../plan/plan.ts'
import { parseDecimal } from './decimal.ts'
import type { Value } from './value.ts'

/**
 * The number of bytes of a size for dd(1) of GNU coreutils: factors joined by `x`, each a number with an optional unit: c 1, w 2, b 512, K (or KiB)
 * 1024, kB 1000, and so on for M, G, T, P, E. Undefined: invalid, zero, or not exactly representable.
 */
export function parseDdSize(text: string): number | undefined {
  let bytes = 1
  for (const factor of text.trim().split('x')) {
    const parts = /^(?<count>[0-9]+)(?<unit>[a-z]*)$/iu.exec(factor)?.groups
    const unit = unitBytes(parts?.['unit'] ?? '?')
    if (!parts || unit === undefined) return undefined
    bytes *= Number(parts['count']) * unit
  }
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

function unitBytes(unit: string): number | undefined {
  if (unit === '' || unit === 'c' || unit === 'B') return 1
  if (unit === 'w') return 2
  if (unit === 'b') return 512
  const power = 'KMGTPE'.indexOf(unit.slice(0, 1).replace('k', 'K')) + 1
  const kind = unit.slice(1)
  if (power === 0 || !['', 'iB', 'B'].includes(kind)) return undefined
  return (kind === 'B' ? 1000 : 1024) ** power
}

/** A file mode as parsed by Python's `int(text, 8)`: blanks, `+`, `0o`, leading zeros and `_` between digits are accepted. Undefined: not an octal number. */
export function parseOctalMode(text: string): number | undefined {
  const digits = /^\+?(?:0o_?)?(?<digits>[0-7]+(?:_[0-7]+)*)$/iu.exec(text.trim())?.groups?.['digits']
  return digits === undefined ? undefined : Number.parseInt(digits.replaceAll('_', ''), 8)
}

/** Compiles the two limits of rotation. Undefined: one of them is invalid, and was reported. */
export function compileKeep(fields: { get(key: 'nb-copy-limit' | 'root-size-limit'): Value | undefined }, report: Report): KeepPolicy | undefined {
  const copies = readLimit(fields.get('nb-copy-limit'), report)
  const totalBytes = readLimit(fields.get('root-size-limit'), report)
  if (!copies || !totalBytes) return undefined
  return { ...(copies.limit !== undefined && { copies: copies.limit }), ...(totalBytes.limit !== undefined && { totalBytes: totalBytes.limit }) }
}

/** Infinity of either sign and null mean no limit, as documented; a fraction is rounded down. */
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
