import { type ClassMember, literal, writeClass } from './character-class.ts'

const ANY = '[\\s\\S]'

/** A pattern of Python's fnmatch as a regular expression (flag `u`) for the whole text. Every text is a valid pattern. */
export function shellPatternToRegex(pattern: string): string {
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
