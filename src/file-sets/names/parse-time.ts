import { escapeText } from '../../plan/patterns/character-class.ts'
import { MONTHS } from '../../plan/times/cron-words.ts'
import { timeParts } from './strftime.ts'

/** Fields of a date in a name. */
type Digits = Partial<Record<string, string>>

const MONTH_NAMES = 'January|February|March|April|May|June|July|August|September|October|November|December'

/** The form of each directive in a name. Directives that are not part of the date are ignored. */
const SHAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: '[A-Z][a-z]{2}',
    A: '[A-Z][a-z]+day',
    b: '[A-Z][a-z]{2}',
    h: '[A-Z][a-z]{2}',
    B: MONTH_NAMES,
    C: '\\d{2}',
    d: '0[1-9]|[12]\\d|3[01]',
    e: ' [1-9]|[12]\\d|3[01]',
    f: '\\d{6}',
    g: '\\d{2}',
    G: '\\d{4}',
    H: '[01]\\d|2[0-4]',
    I: '0[1-9]|1[0-2]',
    j: '\\d{3}',
    k: ' \\d|1\\d|2[0-4]',
    l: ' [1-9]|1[0-2]',
    m: '0[1-9]|1[0-2]',
    M: '[0-5]\\d',
    p: 'AM|PM',
    P: 'am|pm',
    s: '\\d+',
    S: '[0-5]\\d',
    u: '[1-7]',
    U: '\\d{2}',
    V: '\\d{2}',
    w: '[0-6]',
    W: '\\d{2}',
    y: '\\d{2}',
    Y: '\\d{4}',
    z: '',
    Z: '',
    n: '\\n',
    t: '\\t',
    '%': '%',
  }),
)

/** A pattern for a date in a name, and the function that parses it. */
export interface TimeReader {
  /** For use inside a regular expression (flag `u`). It has as many groups as `letters` has characters. */
  readonly source: string
  readonly letters: readonly string[]
}

export function timeReader(format: string): TimeReader {
  const letters: string[] = []
  const source = timeParts(format)
    .map((part) => {
      if (part.kind === 'text') return escapeText(part.text)
      letters.push(part.letter)
      return `(${SHAPES.get(part.letter) ?? '.*?'})`
    })
    .join('')
  return { source, letters }
}

/** The local time in a name, or undefined if it contains no date, or an invalid one. */
export function readTime(letters: readonly string[], values: readonly (string | undefined)[]): Date | undefined {
  const read: Digits = {}
  for (const [index, letter] of letters.entries()) read[letter] ??= values[index]
  if (read['s'] !== undefined) return new Date(Number(read['s']) * 1000)
  const year = yearOf(read)
  if (year === undefined) return undefined
  const date = read['j'] === undefined ? [monthOf(read) ?? 1, Number(read['d'] ?? read['e'] ?? 1)] : [1, Number(read['j'])]
  const [month = 1, day = 1] = date
  const at = new Date(year, month - 1, day, hourOf(read), Number(read['M'] ?? 0), Number(read['S'] ?? 0))
  if (read['j'] === undefined && (at.getMonth() !== month - 1 || Number(read['H'] ?? 0) > 23)) return undefined
  return at
}

function yearOf(read: Digits): number | undefined {
  if (read['Y'] !== undefined) return Number(read['Y'])
  if (read['y'] === undefined) return undefined
  const short = Number(read['y'])
  // POSIX: 69 … 99 belong to the twentieth century.
  return read['C'] === undefined ? short + (short < 69 ? 2000 : 1900) : Number(read['C']) * 100 + short
}

function monthOf(read: Digits): number | undefined {
  if (read['m'] !== undefined) return Number(read['m'])
  const name = (read['b'] ?? read['h'] ?? read['B'])?.slice(0, 3).toLowerCase()
  return name === undefined ? undefined : MONTHS.indexOf(name) + 1
}

function hourOf(read: Digits): number {
  const hour = read['H'] ?? read['k']
  if (hour !== undefined) return Number(hour)
  const half = Number(read['I'] ?? read['l'] ?? 0) % 12
  return (read['p'] ?? read['P'])?.toUpperCase() === 'PM' ? half + 12 : half
}
