import { MONTHS, WEEKDAYS } from '../lib/cron-words.ts'
import { ScheduleError } from './schedule-error.ts'

/** One of the five time fields of a crontab line (crontab(5)). */
export interface CronField {
  readonly title: string
  readonly min: number
  readonly max: number
  /** Names of values, the first one for `min`. */
  readonly names?: readonly string[]
  /** A last value that means the first one: Sunday as 7. */
  readonly alias?: number
}

export const CRON_FIELDS = [
  { title: 'minute', min: 0, max: 59 },
  { title: 'hour', min: 0, max: 23 },
  { title: 'day of month', min: 1, max: 31 },
  { title: 'month', min: 1, max: 12, names: MONTHS },
  { title: 'day of week', min: 0, max: 6, names: WEEKDAYS, alias: 7 },
] as const satisfies readonly CronField[]

export const DAY_OF_WEEK: CronField = CRON_FIELDS[4]

/** One element of a field's list: a value, or a range, with a step. `first` and `last` are numbers as written, names resolved. */
interface Element {
  readonly first: number
  readonly last: number
  readonly step: number
  /** As it is written again: names stay names. */
  readonly text: string
}

/** A field in its shortest usual form: no leading zeros, lists sorted, `*` for everything, Sunday as 0. Throws `schedule/bad-times`. */
export function renderField(text: string, field: CronField): string {
  const elements = text.split(',').flatMap((part) => withoutAlias(parseElement(part, field), field))
  const sorted = elements.toSorted((a, b) => a.first - b.first)
  const rendered = [...new Set(sorted.map(({ text: element }) => element))]
  return rendered.includes('*') ? '*' : rendered.join(',')
}

/** Every value that a field names, in the order in which it names them. Throws `schedule/bad-times`. */
export function valuesOf(text: string, field: CronField): readonly number[] {
  const elements = text.split(',').flatMap((part) => withoutAlias(parseElement(part, field), field, true))
  const values = elements.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step),
  )
  return [...new Set(values)]
}

function parseElement(part: string, field: CronField): Element {
  const { first, last, step, dash } = /^(?:\*|(?<first>[0-9a-z]+)(?<dash>-(?<last>[0-9a-z]+))?)(?:\/(?<step>\d+))?$/iu.exec(part)?.groups ?? {}
  const isAll = part === '*' || part.startsWith('*/')
  const from = isAll ? field.min : numberOf(first, field)
  const to = isAll ? field.max : dash === undefined ? from : numberOf(last, field)
  const by = step === undefined ? 1 : Number(step)
  if (from === undefined || to === undefined || from > to || by < 1 || (by > 1 && from === to)) throw badField(part, field)
  return { first: from, last: to, step: by, text: render({ first: from, last: to, step: by }, field, isAll ? undefined : part) }
}

function numberOf(text: string | undefined, { min, max, names, alias }: CronField): number | undefined {
  if (text === undefined) return undefined
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  if (named >= 0) return min + named
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= (alias ?? max) ? value : undefined
}

function render({ first, last, step }: Omit<Element, 'text'>, field: CronField, written?: string): string {
  const suffix = step === 1 ? '' : `/${step}`
  if (first <= field.min && last >= field.max && last !== field.alias) return `*${suffix}`
  if (written !== undefined && /[a-z]/iu.test(written)) return written.toLowerCase()
  return first === last ? String(first) : `${first}-${last}${suffix}`
}

/** Sunday at a range's end becomes a value of its own. With a step the range is written out. */
function withoutAlias(element: Element, field: CronField, isCounted = false): readonly Element[] {
  const { first, last, step } = element
  if (field.alias === undefined || last !== field.alias) return [element]
  if (step > 1 && !isCounted) return valuesOf(`${first}-${last}/${step}`, field).map((value) => single(value))
  const hasSunday = (field.alias - first) % step === 0
  const rest = first === field.alias ? [] : [{ first, last: last - 1, step }]
  if (first <= 1 && step === 1) return [{ first: field.min, last: field.max, step: 1, text: '*' }]
  return [...rest.map((it) => ({ ...it, text: render(it, field) })), ...(hasSunday ? [single(field.min)] : [])]
}

function single(value: number): Element {
  return { first: value, last: value, step: 1, text: String(value) }
}

function badField(part: string, { title, min, max, alias }: CronField): ScheduleError {
  return new ScheduleError('bad-times', `"${part}" is no ${title}`, {
    hint: `Write a number from ${min} to ${alias ?? max}, a range "a-b", "*", each with "/n" after a range or "*", or a list of them.`,
  })
}
