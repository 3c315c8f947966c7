import { TimesError } from './recurrence.ts'

/** One field of a time, such as the hour, and the syntax of its lists. */
export interface TimeField {
  readonly title: string
  readonly min: number
  readonly max: number
  /** Names of the values from `min` on, in lower case, with all spellings. */
  readonly names?: readonly (readonly string[])[]
  /** A number that is equivalent to `min`: Sunday as 7. */
  readonly alias?: number
  readonly rangeSigns: readonly string[]
  /** Whether `5/10` means every tenth value from 5 (systemd), or is rejected (cron of Debian). */
  readonly hasOpenSteps: boolean
}

/** One element of a list: a value, or a range, with a step. */
export interface Element {
  readonly first: number
  readonly last: number
  readonly step: number
  /** The source text. */
  readonly text: string
}

/** The elements of a list such as `*`, `1,15`, `2-6/2`, `mon-fri`, in its order. Throws `schedule/bad-times`. */
export function parseList(text: string, field: TimeField): readonly Element[] {
  return text.split(',').map((part) => parseElement(part, field))
}

/** All values of the elements, in ascending order; the alias counts as `min`. */
export function valuesOf(elements: readonly Element[], { alias, min }: Pick<TimeField, 'alias' | 'min'>): readonly number[] {
  const values = elements.flatMap(({ first, last, step }) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step),
  )
  return [...new Set(values.map((value) => (value === alias ? min : value)))].toSorted((a, b) => a - b)
}

function parseElement(text: string, field: TimeField): Element {
  const [range = '', stepText, ...more] = text.split('/')
  const step = stepText === undefined ? 1 : /^\d{1,4}$/u.test(stepText) ? Number(stepText) : 0
  if (more.length > 0 || step < 1) throw badElement(text, field)
  if (range === '*') return { first: field.min, last: field.max, step, text }
  const sign = field.rangeSigns.find((it) => range.includes(it))
  const [from = '', to, ...others] = sign === undefined ? [range] : range.split(sign)
  const first = numberOf(from, field)
  const isOpen = to === undefined && stepText !== undefined
  if (isOpen && !field.hasOpenSteps) throw badElement(text, field)
  const last = to === undefined ? (isOpen ? field.max : first) : numberOf(to, field)
  if (others.length > 0 || first === undefined || last === undefined || last < first) throw badElement(text, field)
  return { first, last, step, text }
}

function numberOf(word: string, { min, max, names = [], alias = max }: TimeField): number | undefined {
  const named = names.findIndex((spellings) => spellings.includes(word.toLowerCase()))
  if (named >= 0) return min + named
  const value = /^\d{1,4}$/u.test(word) ? Number(word) : Number.NaN
  return value >= min && value <= Math.max(max, alias) ? value : undefined
}

function badElement(part: string, { title, min, max, alias, rangeSigns: [sign = '-'], hasOpenSteps }: TimeField): TimesError {
  const stepped = hasOpenSteps ? 'each also with a step "/n"' : 'the last two also with a step "/n"'
  return new TimesError(`invalid ${title} "${part}"`, {
    hint: `Use a number from ${min} to ${alias ?? max}, a range "a${sign}b" or "*", ${stepped}, or several separated by commas.`,
  })
}
