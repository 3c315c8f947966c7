import { printable } from '../../lib/format.ts'
import type { CheckFact } from '../check-result.ts'

// Split at blanks outside of single quotes. Without a suffix, so that no input causes backtracking from every letter.
const TOKEN = /(?:'[^']*'|[^\s'])+/gu
// 'label'=value[unit];[warn];[crit];[min];[max]. A quote inside of quotes is doubled.
const ITEM =
  /^(?:'(?<quoted>(?:[^']|'')+)'|(?<plain>[^\s=']+))=(?<value>-?[\d.,]+(?:[eE][+-]?\d+)?)(?<unit>[^\s;\d.,-]*)(?<rest>(?:;[^\s;]*){0,4});*$/u

const MAX_FACTS = 200
const MAX_TOKEN_CHARS = 500
const MAX_CHARS = 200

/** Parses performance data (Monitoring Plugins Development Guidelines, "Performance data"). Invalid entries are skipped, and so are unknown values (`U`). */
export function parsePerfdata(text: string): readonly CheckFact[] {
  const facts: CheckFact[] = []
  for (const [token] of text.matchAll(TOKEN)) {
    if (facts.length >= MAX_FACTS) break
    const fact = token.length <= MAX_TOKEN_CHARS ? factIn(token) : undefined
    if (fact !== undefined) facts.push(fact)
  }
  return facts
}

function factIn(token: string): CheckFact | undefined {
  const groups = ITEM.exec(token)?.groups
  const value = Number(groups?.['value']?.replace(',', '.'))
  if (groups === undefined || !Number.isFinite(value)) return undefined
  const label = (groups['quoted']?.replaceAll("''", "'") ?? groups['plain'] ?? '').slice(0, MAX_CHARS)
  const [, warn, fail, min, max] = (groups['rest'] ?? '').split(';')
  return { label, value, unit: groups['unit'] ?? '', ...filled({ warn, fail, min, max }) }
}

type Thresholds = Pick<CheckFact, 'warn' | 'fail' | 'min' | 'max'>

function filled(thresholds: Readonly<Record<keyof Thresholds, string | undefined>>): Thresholds {
  return Object.fromEntries(Object.entries(thresholds).filter(([, text]) => text !== undefined && text !== ''))
}

/** Facts in the form that a plugin prints after its `|`, on one line. */
export function renderPerfdata(facts: readonly CheckFact[]): string {
  return facts.map(renderFact).join(' ')
}

function renderFact({ label, value, unit, warn = '', fail = '', min = '', max = '' }: CheckFact): string {
  // Neither is allowed in a label, and "|" starts the performance data.
  const name = printable(label.replaceAll(/[=|\s\p{Cc}]+/gu, ' ')).replaceAll("'", "''")
  const quoted = /^[\w./:@%+-]+$/u.test(name) ? name : `'${name}'`
  const thresholds = [warn, fail, min, max].map((it) => it.replaceAll(/[^\d.:@~eE+-]/gu, '')).join(';')
  return `${quoted}=${plainNumber(value)}${unit.replaceAll(/[^\p{L}%]/gu, '')};${thresholds}`.replace(/;+$/u, '')
}

// No exponents, which receivers do not support.
function plainNumber(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(Number(value.toFixed(6)))
}
