/** One member of a character class: a code point, a range, or text in JavaScript syntax (`\p{Nd}`). */
export type ClassMember = { readonly from: number; readonly to: number } | { readonly written: string }

/** The class in JavaScript's syntax for the flag `v` or `u`. An empty class matches nothing, a negated empty one everything. */
export function writeClass(members: readonly ClassMember[], isNegated: boolean): string {
  if (members.length === 0) return isNegated ? '[\\s\\S]' : '(?!)'
  const inner = members.map((it) => ('written' in it ? it.written : it.from === it.to ? literal(it.from) : `${literal(it.from)}-${literal(it.to)}`))
  return `[${isNegated ? '^' : ''}${inner.join('')}]`
}

/** A literal code point, valid inside a class and outside. */
export function literal(point: number): string {
  return /[A-Za-z0-9_]/u.test(String.fromCodePoint(point)) ? String.fromCodePoint(point) : `\\u{${point.toString(16)}}`
}

/** A literal text in a regular expression with the flag `u`. */
export function escapeText(text: string): string {
  return Array.from(text, (it) => literal(it.codePointAt(0) ?? 0)).join('')
}
