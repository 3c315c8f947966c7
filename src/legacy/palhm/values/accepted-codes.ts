import type { AcceptedCodes } from '../../../plan/command.ts'

/**
 * Parses an `ec` text: `MIN-MAX`, or a number with an optional `<`, `<=`, `>`, `>=`, `==`. Blanks are ignored, and so is text after the match (`1abc`
 * means 1): the ancestor is that tolerant, and configurations may depend on it. Undefined: invalid.
 */
export function parseAcceptedCodes(text: string): AcceptedCodes | undefined {
  const trimmed = text.trim()
  const range = /^(?<min>[0-9]+)\s*-\s*(?<max>[0-9]+)/u.exec(trimmed)?.groups
  if (range) {
    const [min, max] = [codeOf(range['min']), codeOf(range['max'])]
    return min > max ? undefined : { min, max }
  }
  const compared = /^(?<sign><=|>=|==|<|>)?\s*(?<code>[0-9]+)/u.exec(trimmed)?.groups
  if (!compared) return undefined
  const code = codeOf(compared['code'])
  switch (compared['sign']) {
    case '<':
      return { min: 0, max: code - 1 }
    case '<=':
      return { min: 0, max: code }
    case '>':
      return { min: code + 1, max: 255 }
    case '>=':
      return { min: code, max: 255 }
    default:
      return { min: code, max: code }
  }
}

/** True if no program can end in this way: exit codes are from 0 to 255. */
export function acceptsNothing({ min, max }: AcceptedCodes): boolean {
  return min > max || min > 255
}

// All codes above 255 are equally impossible; the limit keeps the arithmetic exact.
function codeOf(digits = ''): number {
  return Math.min(Number(digits), 1_000_000)
}
