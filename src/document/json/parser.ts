import type { Position } from '../issue-report.ts'
import { type Token, tokensOf } from './tokens.ts'

export type JsonSyntax = 'json' | 'jsonc'

/** An error in the text. The text is never quoted, because it may be a secret without its quotes. */
export interface JsonProblem {
  readonly severity: 'error' | 'warning'
  readonly at: Position
  readonly message: string
  readonly hint?: string
}

/** The state of the parser. */
export interface Parser {
  readonly syntax: JsonSyntax
  readonly problems: JsonProblem[]
  /** The token to be read next. */
  token: Token
  advance(): void
  /** Reports an error. Only the first error of each kind is reported, so that a file with many equal errors remains readable. */
  report(problem: Omit<JsonProblem, 'severity'> & { readonly severity?: 'error' | 'warning' }): void
  /** Reports an error and stops: the meaning of the rest is uncertain. */
  giveUp(at: Position, message: string, hint?: string): undefined
  gaveUp: boolean
}

/** Starts to read: `token` is the first one that is not a comment. */
export function startParser(text: string, syntax: JsonSyntax): Parser {
  const bom = text.startsWith('\ufeff')
  const tokens = tokensOf(bom ? text.slice(1) : text, { pageBreaks: syntax === 'jsonc' })
  const seen = new Set<string>()
  let openComment = false
  const parser: Parser = {
    syntax,
    problems: [],
    token: END,
    gaveUp: false,
    report({ severity = 'error', ...problem }) {
      if (parser.gaveUp || (severity === 'error' && seen.has(problem.message))) return
      if (severity === 'error') seen.add(problem.message)
      parser.problems.push({ severity, ...problem })
    },
    giveUp(at, message, hint) {
      const why = hint ?? (openComment ? 'A comment that starts with /* must be closed with */.' : undefined)
      parser.report({ at, message, ...(why !== undefined && { hint: why }) })
      parser.gaveUp = true
      parser.token = { ...END, at }
    },
    advance() {
      if (parser.gaveUp) return
      let token = tokens.next()
      for (; isComment(token); token = tokens.next()) {
        openComment ||= token.flaw === 'unfinished'
        reportComment(token, parser)
        if (token.kind === 'unknown') tokens.skipLine()
      }
      parser.token = token
    },
  }
  if (bom)
    parser.report({
      at: { line: 1, column: 1 },
      message: 'the file starts with a byte order mark',
      hint: 'Save it as UTF-8 without a byte order mark.',
    })
  parser.advance()
  return parser
}

const END: Token = { kind: 'end', at: { line: 1, column: 1 }, raw: '', value: '', flaw: 'none', flawAt: { line: 1, column: 1 }, adjoins: false }

function isComment({ kind, raw }: Token): boolean {
  return kind === 'line-comment' || kind === 'block-comment' || (kind === 'unknown' && raw.startsWith('#'))
}

function reportComment({ kind, at }: Token, { syntax, report }: Parser): void {
  if (kind === 'unknown')
    report({ at, message: 'unsupported comment starting with "#"', hint: 'Start comments with // and use the extension .jsonc.' })
  else if (syntax === 'json')
    report({ at, message: 'comments are not allowed in strict JSON', hint: 'Use the extension .jsonc, or remove the comments.' })
}
