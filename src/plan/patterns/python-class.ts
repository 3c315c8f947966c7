import { type ClassMember, writeClass } from './character-class.ts'

// The meaning of Python's \d, \w and \s in text patterns (library reference, "re"), for use inside a JavaScript class with the flag `u`.
export const DIGIT = '\\p{Nd}'
export const WORD = '\\p{L}\\p{N}_'
export const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\p{Zs}\\u2028\\u2029'

/** The pattern is invalid or unsupported; the message is the continuation of `the pattern "…"`. */
export class PatternError extends Error {}

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }
const CATEGORIES: Readonly<Record<string, string>> = { d: DIGIT, s: SPACE, w: WORD }

/** The character of an escape sequence: `\n`, `\x41`, `\u0416`, `\101`, `\.`; `at` is the index of the backslash. */
export function escapedPoint(points: readonly string[], at: number): { readonly code: number; readonly next: number } {
  const point = points[at + 1] ?? ''
  const control = CONTROLS[point]
  if (control !== undefined) return { code: control, next: at + 2 }
  const digits = { x: 2, u: 4, U: 8 }[point]
  const rest = points.slice(at + 2, at + 10).join('')
  if (digits !== undefined) {
    if (!new RegExp(`^[0-9a-fA-F]{${digits}}`, 'u').test(rest)) throw new PatternError(`has an incomplete escape "\\${point}"`)
    return { code: Number.parseInt(rest.slice(0, digits), 16), next: at + 2 + digits }
  }
  const octal = /^[0-7]{1,3}/u.exec(point + rest)
  if (octal !== null) return { code: Number.parseInt(octal[0], 8) & 0xff, next: at + 1 + octal[0].length }
  if (/[A-Za-z0-9]/u.test(point)) throw new PatternError(`has an unknown escape "\\${point}"`)
  return { code: point.codePointAt(0) ?? 0, next: at + 2 }
}

/** Parses a character class; `at` is the index of its opening bracket. */
export function readClass(points: readonly string[], at: number): { readonly source: string; readonly next: number } {
  const isNegated = points[at + 1] === '^'
  const members: ClassMember[] = []
  let next = at + (isNegated ? 2 : 1)
  for (let isFirst = true; isFirst || points[next] !== ']'; isFirst = false) {
    if (next >= points.length) throw new PatternError('has an unclosed "["')
    const low = memberAt(points, next)
    const isRange = points[low.next] === '-' && points[low.next + 1] !== ']' && points[low.next + 1] !== undefined
    const high = isRange ? memberAt(points, low.next + 1) : low
    members.push(memberOf(low, high))
    next = high.next
  }
  return { source: writeClass(members, isNegated), next: next + 1 }
}

type Member = { readonly code: number; readonly next: number } | { readonly code?: undefined; readonly written: string; readonly next: number }

/** One character or category, or a range from one to the other. */
function memberOf(low: Member, high: Member): ClassMember {
  if (low === high && low.code === undefined) return { written: low.written }
  if (low.code === undefined || high.code === undefined || low.code > high.code) throw new PatternError('has an invalid range in "[…]"')
  return { from: low.code, to: high.code }
}

function memberAt(points: readonly string[], at: number): Member {
  const point = points[at] ?? ''
  if (point !== '\\') return { code: point.codePointAt(0) ?? 0, next: at + 1 }
  const letter = points[at + 1] ?? ''
  const category = CATEGORIES[letter.toLowerCase()]
  if (letter === 'b') return { code: 8, next: at + 2 }
  if (category === undefined) return escapedPoint(points, at)
  if (letter === letter.toLowerCase()) return { written: category, next: at + 2 }
  // A negated category inside a class: only single properties can be negated there.
  const negated = { D: '\\P{Nd}', S: '\\S', W: undefined }[letter]
  if (negated === undefined) throw new PatternError('has "\\W" inside "[…]", which is not supported')
  return { written: negated, next: at + 2 }
}
