import { CRON_WORDS, MONTHS, WEEKDAYS } from './cron-words.ts'
import type { PeriodField, PeriodRule, PeriodTerm } from './period-rule.ts'

interface Limits {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
  readonly special?: 'day' | 'weekday'
}

const FIELDS = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  day: { min: 1, max: 31, special: 'day' },
  month: { min: 1, max: 12, names: MONTHS },
  weekday: { min: 0, max: 6, names: WEEKDAYS, special: 'weekday' },
} as const satisfies Readonly<Record<string, Limits>>

/** Parses the schedule of a period. Text after the fifth field is a comment. Undefined if it is invalid. */
export function parsePeriodRule(text: string): PeriodRule | undefined {
  const trimmed = text.trim()
  const words = (CRON_WORDS.get(trimmed.split(/\s/u)[0]?.toLowerCase() ?? '') ?? trimmed).split(/\s+/u)
  const [minute, hour, day, month, weekday] = Object.values(FIELDS).map((limits: Limits, index) => parseField(words[index], limits))
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return undefined
  return { text: trimmed, minute, hour, day, month, weekday }
}

function parseField(word: string | undefined, limits: Limits): PeriodField | undefined {
  if (word === undefined) return undefined
  if (word === '*' || word === '?') return 'any'
  const named = withNumbers(word.toLowerCase(), limits)
  // Sunday, also at the end of a range: "5-7" is the same as "5-0".
  const text = limits.special === 'weekday' ? named.replaceAll('7', '0') : named
  const terms = text.split(',').map((part) => parseTerm(part, limits))
  return terms.every((it) => it !== undefined) ? terms : undefined
}

function withNumbers(word: string, { names = [], min }: Limits): string {
  return names.reduce((text, name, index) => text.replaceAll(name, String(index + min)), word)
}

function parseTerm(part: string, limits: Limits): PeriodTerm | undefined {
  return parseSpecial(part, limits) ?? parseValues(part, limits)
}

function parseSpecial(part: string, limits: Limits): PeriodTerm | undefined {
  const { every, last, nth, nthOf, work } = /^(?:%(?<every>\d+)|(?<last>\d*)l|(?<nthOf>\d+)#(?<nth>\d+)|(?<work>\d+)w)$/u.exec(part)?.groups ?? {}
  if (every !== undefined) return Number(every) > 0 ? { kind: 'every', units: Number(every) } : undefined
  if (last !== undefined) return lastTerm(last, limits)
  if (nth !== undefined && nthOf !== undefined)
    return limits.special === 'weekday' && Number(nthOf) <= 6 && Number(nth) >= 1 && Number(nth) <= 5
      ? { kind: 'nth-weekday', weekday: Number(nthOf), nth: Number(nth) }
      : undefined
  if (work === undefined) return undefined
  return limits.special === 'day' && Number(work) >= 1 && Number(work) <= 31 ? { kind: 'near-workday', day: Number(work) } : undefined
}

function lastTerm(digits: string, { special }: Limits): PeriodTerm | undefined {
  if (special === 'day') return digits === '' ? { kind: 'last' } : undefined
  return special === 'weekday' && /^[0-6]$/u.test(digits) ? { kind: 'last', weekday: Number(digits) } : undefined
}

function parseValues(part: string, { min, max }: Limits): PeriodTerm | undefined {
  const { all, first, dash, last, step } = /^(?:(?<all>\*)|(?<first>\d+)(?<dash>-(?<last>\d+))?)(?:\/(?<step>\d+))?$/u.exec(part)?.groups ?? {}
  if (all === undefined && first === undefined) return undefined
  const from = all === undefined ? Number(first) : min
  const open = all !== undefined || (dash === undefined && step !== undefined)
  const to = open ? max : dash === undefined ? from : Number(last)
  const by = Number(step ?? 1)
  if (from < min || from > max || to < min || to > max || by < 1) return undefined
  const values = from <= to ? range(from, to) : [...range(from, max), ...range(min, to)]
  return { kind: 'values', values: values.filter((_, index) => index % by === 0) }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
