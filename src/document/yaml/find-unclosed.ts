import { Lexer } from 'yaml'

/** A bracket or quote that is opened and not closed. */
export interface Unclosed {
  readonly offset: number
  readonly opened: string
  readonly missing: string
}

// Marks of the lexer, which are not in the text: the beginning of a document, and a line that cannot belong to the brackets opened before it.
const DOCUMENT = '\u0002'
const TOO_FAR_LEFT = '\u0018'
const PLAIN = '\u001F'

const PAIRS: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['[', ']'],
])

/**
 * The bracket or quote whose missing end caused the first error of an invalid YAML text. The parser reports the error where it cannot continue,
 * which may be far below. Undefined if all are closed.
 */
export function findUnclosed(text: string, firstFault: number): Unclosed | undefined {
  const tokens = [...tokensOf(text)]
  return unclosedQuote(tokens, text, firstFault) ?? unclosedBracket(tokens)
}

function unclosedQuote(tokens: readonly Token[], text: string, firstFault: number): Unclosed | undefined {
  for (const { token, offset, isPlain } of tokens) {
    const quote = token.charAt(0)
    if (isPlain || (quote !== '"' && quote !== "'")) continue
    // The next quote, of another text, may seem to end it.
    const isLong = token.includes('\n') && offset < firstFault && lineAt(text, offset + token.length) === lineAt(text, firstFault)
    if (isLong || !isTerminated(token, quote)) return { offset, opened: quote, missing: quote }
  }
  return undefined
}

function unclosedBracket(tokens: readonly Token[]): Unclosed | undefined {
  const open: Unclosed[] = []
  for (const { token, offset, isPlain } of tokens) {
    if (isPlain) continue
    const missing = PAIRS.get(token)
    if (missing !== undefined) open.push({ offset, opened: token, missing })
    if (token === TOO_FAR_LEFT && open.length > 0) return open.at(-1)
    if (token !== '}' && token !== ']') continue
    const last = open.pop()
    if (last !== undefined && last.missing !== token) return last
  }
  return open.at(-1)
}

interface Token {
  readonly token: string
  readonly offset: number
  /** A text without quotes. */
  readonly isPlain: boolean
}

function* tokensOf(text: string): Generator<Token> {
  let offset = 0
  let isPlain = false
  for (const token of new Lexer().lex(text)) {
    if (!isPlain && token === PLAIN) {
      isPlain = true
      continue
    }
    yield { token, offset, isPlain }
    if (isPlain || (token !== DOCUMENT && token !== TOO_FAR_LEFT)) offset += token.length
    isPlain = false
  }
}

function isTerminated(token: string, quote: string): boolean {
  if (token.length < 2 || !token.endsWith(quote)) return false
  return quote === "'" ? token.replaceAll("''", '').endsWith(quote) : /(?<!\\)(?:\\\\)*"$/u.test(token.slice(1))
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
