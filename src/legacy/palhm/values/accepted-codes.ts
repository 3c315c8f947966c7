import type { AcceptedCodes } from '../../../plan/command.ts'

/**
 * Reads an `ec` text: `MIN-MAX`, or a number with an optional `<`, `<=`, `>`, `>=`, `==`. Blanks are left out, text behind the match does not count
 * (`1abc` means 1): the ancestor is that lenient, and configurations may rest on it. Undefined: not such a text.
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

/** True when no program can end so: exit codes go from 0 to 255. */
export function acceptsNothing({ min, max }: AcceptedCodes): boolean {
  return min > max || min > 255
}

// Any code past 255 is as unreachable as the next one; the bound keeps the arithmetic exact.
function codeOf(digits = ''): number {
  return Math.min(Number(digits), 1_000_000)
}
