/** `structure`: read to the end and compared, nothing restored. `sample`: one object restored, the others as for `structure`. `full`: all restored. */
export type DrillLevel = 'structure' | 'sample' | 'full'

/** `unproven`: the newest set without a drill; if there is none, the one whose last drill is the longest ago. */
export type DrillChoice = 'latest' | 'random' | 'unproven'

/** A question of the user about a restored object, with the answer that is expected. */
export interface DrillCheck {
  /** The path of the object in the set, with or without its extensions. */
  readonly object: string
  /** For people. */
  readonly label: string
  readonly ask:
    | { readonly kind: 'sql'; readonly sql: string; readonly database?: string }
    | { readonly kind: 'run'; readonly argv: readonly string[] }
  /** Absent: that it succeeds, and a statement answers something. */
  readonly expect?: Expectation
  readonly timeoutMs: number
}

/** `text`: as the user wrote it. */
export type Expectation = { readonly text: string } & (
  | { readonly kind: 'equal'; readonly value: string }
  | { readonly kind: 'number'; readonly operator: '>=' | '<=' | '>' | '<' | '!='; readonly value: number }
  | { readonly kind: 'match'; readonly pattern: string }
)

/** `>= 100`, `~ PATTERN`, or the answer itself. Undefined: the pattern is invalid. */
export function parseExpectation(text: string): Expectation | undefined {
  const compared = /^\s*(?<operator>>=|<=|!=|>|<)\s*(?<value>-?\d+(?:\.\d+)?)\s*$/u.exec(text)?.groups
  if (compared !== undefined) return { text, kind: 'number', operator: compared['operator'] as '>=', value: Number(compared['value']) }
  const pattern = /^\s*~\s*(?<pattern>.+)$/su.exec(text)?.groups?.['pattern']
  if (pattern === undefined) return { text, kind: 'equal', value: text.trim() }
  try {
    new RegExp(pattern, 'u')
    return { text, kind: 'match', pattern }
  } catch {
    return undefined
  }
}

/** Whether an answer is as expected. */
export function isExpected(answer: string, expectation: Expectation): boolean {
  const text = answer.trim()
  switch (expectation.kind) {
    case 'equal':
      return text === expectation.value
    case 'match':
      return new RegExp(expectation.pattern, 'u').test(text)
    case 'number':
      return text !== '' && compares(Number(text), expectation.operator, expectation.value)
    default:
      return expectation satisfies never
  }
}

function compares(found: number, operator: '>=' | '<=' | '>' | '<' | '!=', value: number): boolean {
  if (Number.isNaN(found)) return false
  switch (operator) {
    case '>=':
      return found >= value
    case '<=':
      return found <= value
    case '>':
      return found > value
    case '<':
      return found < value
    case '!=':
      return found !== value
    default:
      return operator satisfies never
  }
}
