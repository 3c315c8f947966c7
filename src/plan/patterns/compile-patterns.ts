import { type ClassMember, literal, writeClass } from './character-class.ts'
import { PatternError } from './python-class.ts'
import { pythonRegexToJs } from './python-regex.ts'

/**
 * Patterns for a path or name; one match is sufficient.
 *
 * `shell`: Python's fnmatch. `*` matches any characters, including slashes; `?` one character; `[abc]`, `[!abc]`; the whole path must match;
 * case-sensitive. `regex`: Python's `re.match`. Anchored only at the start.
 */
export interface PatternList {
  readonly language: 'shell' | 'regex'
  readonly patterns: readonly string[]
}

export interface CompiledPatterns {
  /** Whether one of them matches. */
  matches(text: string): boolean
  /** Invalid patterns, which match nothing. */
  readonly refused: readonly { readonly pattern: string; readonly why: string }[]
  readonly isEmpty: boolean
}

/** Compiles a list of patterns. Never throws: invalid ones are returned in `refused`. Empty regular expressions are omitted. */
export function compilePatterns({ language, patterns }: PatternList): CompiledPatterns {
  const ready: RegExp[] = []
  const refused: { pattern: string; why: string }[] = []
  for (const pattern of patterns.map((it) => it.trim())) {
    if (language === 'regex' && pattern === '') continue
    try {
      ready.push(language === 'shell' ? new RegExp(shellPatternToRegex(pattern), 'u') : compileRegex(pattern))
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      refused.push({ pattern, why: error.message })
    }
  }
  return { matches: (text) => ready.some((it) => it.test(text)), refused, isEmpty: ready.length === 0 }
}

function compileRegex(pattern: string): RegExp {
  const { source, flags } = pythonRegexToJs(pattern)
  return new RegExp(source, flags)
}

const ANY = '[\\s\\S]'

/** A pattern of Python's fnmatch as a regular expression (flag `u`) for the whole text. Every text is a valid pattern. */
function shellPatternToRegex(pattern: string): string {
  const points = Array.from(pattern)
  let source = ''
  for (let at = 0; at < points.length; ) {
    const end = points[at] === '[' ? classEnd(points, at) : -1
    source += end > 0 ? classOf(points.slice(at + 1, end)) : plain(points[at] ?? '', source)
    at = end > 0 ? end + 1 : at + 1
  }
  return `^${source}$`
}

function plain(point: string, before: string): string {
  if (point === '?') return ANY
  if (point !== '*') return literal(point.codePointAt(0) ?? 0)
  // Several consecutive stars are equivalent to one, but would be slow.
  return before.endsWith(`${ANY}*`) ? '' : `${ANY}*`
}

/** The end of the class that starts here, or -1: then the bracket is literal. A closing bracket in the first position belongs to the class. */
function classEnd(points: readonly string[], start: number): number {
  const first = points[start + 1] === '!' ? start + 2 : start + 1
  return points.indexOf(']', first + 1 <= points.length && points[first] === ']' ? first + 1 : first)
}

function classOf(inner: readonly string[]): string {
  const isNegated = inner[0] === '!'
  const points = (isNegated ? inner.slice(1) : inner).map((it) => it.codePointAt(0) ?? 0)
  const members: ClassMember[] = []
  for (let at = 0; at < points.length; ) {
    const from = points[at] ?? 0
    const to = points[at + 2]
    const isRange = points[at + 1] === 0x2d && to !== undefined
    // A reversed range matches nothing.
    if (!isRange || from <= to) members.push({ from, to: isRange ? to : from })
    at += isRange ? 3 : 1
  }
  return writeClass(members, isNegated)
}
