import { literal } from './character-class.ts'
import { DIGIT, escapedPoint, PatternError, readClass, SPACE, WORD } from './python-class.ts'

export interface JsPattern {
  readonly source: string
  readonly flags: string
}

const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    A: '(?<![\\s\\S])',
    Z: '(?![\\s\\S])',
    b: BOUNDARY,
    B: `(?!${BOUNDARY})`,
    d: `[${DIGIT}]`,
    D: `[^${DIGIT}]`,
    s: `[${SPACE}]`,
    S: `[^${SPACE}]`,
    w: `[${WORD}]`,
    W: `[^${WORD}]`,
  }),
)

/**
 * A regular expression of Python's `re` (3.11) in JavaScript's syntax, anchored at the start like `re.match`. Throws `PatternError`, with a message
 * that continues `the pattern "…": `, if it is invalid or not supported by JavaScript (atomic groups, possessive quantifiers, conditions, verbose
 * mode).
 */
export function pythonRegexToJs(pattern: string): JsPattern {
  const { flags, rest } = globalFlags(pattern)
  const source = `^(?:${translate(Array.from(rest), flags)})`
  const js = { source, flags: `u${flags.has('i') ? 'i' : ''}${flags.has('m') ? 'm' : ''}` }
  try {
    new RegExp(js.source, js.flags)
  } catch (error) {
    throw new PatternError(`is not a valid regular expression (${error instanceof Error ? error.message.replace(/^.*: /u, '') : ''})`)
  }
  // With `m`, the first `^` would match in every line, unlike with `match`.
  return js.flags.includes('m') ? { ...js, source: `(?<![\\s\\S])(?:${js.source.slice('^(?:'.length)}` } : js
}

function globalFlags(pattern: string): { readonly flags: ReadonlySet<string>; readonly rest: string } {
  const found = /^\(\?(?<flags>[aiLmsux]+)\)/u.exec(pattern)
  const flags = new Set(found?.groups?.['flags'] ?? '')
  if (flags.has('x')) throw new PatternError('uses the verbose mode "(?x)", which is not supported')
  if (flags.has('L')) throw new PatternError('uses the flag "(?L)", which is not allowed in text patterns')
  return { flags, rest: pattern.slice(found?.[0].length ?? 0) }
}

function translate(points: readonly string[], flags: ReadonlySet<string>): string {
  let source = ''
  for (let at = 0; at < points.length; ) {
    const step = tokenAt(points, at, flags)
    source += step.source
    at = step.next
  }
  return source
}

interface Token {
  readonly source: string
  readonly next: number
}

function tokenAt(points: readonly string[], at: number, flags: ReadonlySet<string>): Token {
  const point = points[at] ?? ''
  switch (point) {
    case '\\':
      return escapeAt(points, at)
    case '[':
      return readClass(points, at)
    case '(':
      return groupAt(points, at)
    case '.':
      return { source: flags.has('s') ? '[\\s\\S]' : '[^\\n]', next: at + 1 }
    case '$':
      return { source: flags.has('m') ? '(?=\\n|(?![\\s\\S]))' : '(?=\\n?(?![\\s\\S]))', next: at + 1 }
    case '^':
    case ')':
    case '|':
      return { source: point, next: at + 1 }
    case '*':
    case '+':
    case '?':
      return quantifier(points, { source: point, next: at + 1 })
    case '{': {
      const found = /^\{(?<min>\d*)(?<rest>,?)(?<max>\d*)\}/u.exec(points.slice(at, at + 24).join(''))
      if (found === null || found[0] === '{}' || found[0] === '{,}') return { source: '\\{', next: at + 1 }
      const { min = '', rest = '', max = '' } = found.groups ?? {}
      return quantifier(points, { source: `{${min === '' ? '0' : min}${rest}${max}}`, next: at + found[0].length })
    }
    default:
      return { source: literal(point.codePointAt(0) ?? 0), next: at + 1 }
  }
}

function quantifier(points: readonly string[], { source, next }: Token): Token {
  if (points[next] === '+') throw new PatternError('has a possessive quantifier, which is not supported')
  return points[next] === '?' ? { source: `${source}?`, next: next + 1 } : { source, next }
}

function escapeAt(points: readonly string[], at: number): Token {
  const point = points[at + 1]
  if (point === undefined) throw new PatternError('ends with a backslash')
  const known = ESCAPES.get(point)
  if (known !== undefined) return { source: known, next: at + 2 }
  const reference = /^[1-9]\d?/u.exec(points.slice(at + 1, at + 4).join(''))
  const isOctal = /^[0-3][0-7]{2}/u.test(points.slice(at + 1, at + 4).join(''))
  if (reference !== null && !isOctal) return { source: `(?:\\${reference[0]})`, next: at + 1 + reference[0].length }
  const { code, next } = escapedPoint(points, at)
  return { source: literal(code), next }
}

const PLAIN_GROUPS = ['(?:', '(?=', '(?!', '(?<=', '(?<!']

function groupAt(points: readonly string[], at: number): Token {
  if (points[at + 1] !== '?') return { source: '(', next: at + 1 }
  const head = points.slice(at, at + 80).join('')
  const plain = PLAIN_GROUPS.find((it) => head.startsWith(it))
  if (plain !== undefined) return { source: plain, next: at + plain.length }
  const named = /^\(\?P<(?<name>[A-Za-z_]\w*)>/u.exec(head)
  if (named !== null) return { source: `(?<${named.groups?.['name']}>`, next: at + named[0].length }
  const again = /^\(\?P=(?<name>[A-Za-z_]\w*)\)/u.exec(head)
  if (again !== null) return { source: `\\k<${again.groups?.['name']}>`, next: at + again[0].length }
  if (head.startsWith('(?#')) return { source: '', next: commentEnd(points, at) }
  return modifiedGroup(head, at)
}

/** A group with its own flags, or of a kind that JavaScript does not support. */
function modifiedGroup(head: string, at: number): Token {
  const found = /^\(\?(?<on>[aiu]*)(?:-(?<off>i))?:/u.exec(head)
  if (found !== null) {
    const on = found.groups?.['on']?.includes('i') ? 'i' : ''
    const off = found.groups?.['off'] === undefined ? '' : '-i'
    return { source: `(?${on}${off}:`, next: at + found[0].length }
  }
  if (head.startsWith('(?>')) throw new PatternError('has an atomic group "(?>…)", which is not supported')
  if (head.startsWith('(?(')) throw new PatternError('has a condition "(?(…)…)", which is not supported')
  throw new PatternError(`has an unsupported group: "${head.slice(0, 4)}"`)
}

function commentEnd(points: readonly string[], at: number): number {
  const end = points.indexOf(')', at)
  if (end < 0) throw new PatternError('has an unclosed comment "(?#…"')
  return end + 1
}
