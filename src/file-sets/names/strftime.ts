import { DAY_MS } from '../../lib/durations.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const

/** The output of each directive of strftime(3), in local time and in English. Compound directives consist of others. */
const WRITERS: ReadonlyMap<string, (at: Date) => string> = new Map(
  Object.entries({
    a: (at) => (DAYS[at.getDay()] ?? '').slice(0, 3),
    A: (at) => DAYS[at.getDay()] ?? '',
    b: (at) => (MONTHS[at.getMonth()] ?? '').slice(0, 3),
    h: (at) => (MONTHS[at.getMonth()] ?? '').slice(0, 3),
    B: (at) => MONTHS[at.getMonth()] ?? '',
    C: (at) => two(Math.floor(at.getFullYear() / 100)),
    d: (at) => two(at.getDate()),
    e: (at) => String(at.getDate()).padStart(2, ' '),
    f: (at) => String(at.getMilliseconds() * 1000).padStart(6, '0'),
    g: (at) => two(isoWeek(at).year % 100),
    G: (at) => String(isoWeek(at).year),
    H: (at) => two(at.getHours()),
    I: (at) => two(at.getHours() % 12 || 12),
    j: (at) => String(dayOfYear(at)).padStart(3, '0'),
    k: (at) => String(at.getHours()).padStart(2, ' '),
    l: (at) => String(at.getHours() % 12 || 12).padStart(2, ' '),
    m: (at) => two(at.getMonth() + 1),
    M: (at) => two(at.getMinutes()),
    p: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
    P: (at) => (at.getHours() < 12 ? 'am' : 'pm'),
    s: (at) => String(Math.floor(at.getTime() / 1000)),
    S: (at) => two(at.getSeconds()),
    u: (at) => String(at.getDay() || 7),
    U: (at) => two(Math.floor((dayOfYear(at) + 6 - at.getDay()) / 7)),
    V: (at) => two(isoWeek(at).week),
    w: (at) => String(at.getDay()),
    W: (at) => two(Math.floor((dayOfYear(at) + 6 - ((at.getDay() + 6) % 7)) / 7)),
    y: (at) => two(at.getFullYear() % 100),
    Y: (at) => String(at.getFullYear()),
    // The names never contained a time zone: the output is empty.
    z: () => '',
    Z: () => '',
    n: () => '\n',
    t: () => '\t',
    '%': () => '%',
  }),
)

/** Compound directives. */
const COMPOSED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    c: '%a %b %e %H:%M:%S %Y',
    D: '%m/%d/%y',
    F: '%Y-%m-%d',
    r: '%I:%M:%S %p',
    R: '%H:%M',
    T: '%H:%M:%S',
    x: '%m/%d/%y',
    X: '%H:%M:%S',
  }),
)

/** One directive, or the text between two. */
export type TimePart = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'directive'; readonly letter: string }

/** The parts of a format, with compound directives expanded. Unknown ones are text. */
export function timeParts(format: string): readonly TimePart[] {
  const parts: TimePart[] = []
  for (const [all, letter] of format.matchAll(/%(?<letter>[\s\S])|[^%]+|%$/gu)) {
    const composed = letter === undefined ? undefined : COMPOSED.get(letter)
    if (composed !== undefined) parts.push(...timeParts(composed))
    else if (letter !== undefined && WRITERS.has(letter)) parts.push({ kind: 'directive', letter })
    else parts.push({ kind: 'text', text: all })
  }
  return parts
}

/** Formats the instant in local time, with directives of strftime(3) in the C locale. */
export function renderTime(format: string, at: Date): string {
  return timeParts(format)
    .map((part) => (part.kind === 'text' ? part.text : (WRITERS.get(part.letter)?.(at) ?? '')))
    .join('')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function dayOfYear(at: Date): number {
  return Math.round((Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) - Date.UTC(at.getFullYear(), 0, 1)) / DAY_MS) + 1
}

/** Week and year according to ISO 8601. */
function isoWeek(at: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate() + 4 - (at.getDay() || 7)))
  const year = thursday.getUTCFullYear()
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 }
}
