import { decodeUtf8 } from './decode-utf8.ts'
import type { JsonNode, Member } from './node.ts'
import { type JsonProblem, type JsonSyntax, type Parser, startParser } from './parser.ts'
import { readScalar } from './read-scalar.ts'
import type { Token } from './tokens.ts'

export interface JsonText {
  /** The tree; present if its structure is certain. */
  readonly root?: JsonNode
  readonly problems: readonly JsonProblem[]
}

/**
 * Parses strict JSON or JSON with comments. Of duplicate keys, the last one is used (with a warning).
 *
 * `jsonc`: comments and trailing commas, also an unclosed comment at the end; a lone surrogate escape becomes "?"; at most 128 levels. `json`: the
 * words NaN, Infinity and -Infinity are numbers; at most 900 levels. Rejected in both: a byte order mark, bytes that are not UTF-8, control
 * characters in strings, text after the document.
 */
export function readJson(bytes: Uint8Array, syntax: JsonSyntax): JsonText {
  const decoded = decodeUtf8(bytes)
  if (decoded.kind === 'invalid')
    return { problems: [{ severity: 'error', at: decoded.at, message: 'invalid UTF-8', hint: 'Save the file in UTF-8.' }] }
  const parser = startParser(decoded.text, syntax)
  if (parser.token.kind === 'end') parser.giveUp(parser.token.at, 'the file is empty', 'The file must contain one object: { … }.')
  const root = readValue(parser, 1)
  if (root && parser.token.kind !== 'end')
    parser.giveUp(
      parser.token.at,
      'unexpected text after the end of the document',
      'The file must contain exactly one object; check for an extra bracket.',
    )
  return root && !parser.gaveUp ? { root, problems: parser.problems } : { problems: parser.problems }
}

// Far below the limit of the call stack.
const MAX_LEVELS = { json: 900, jsonc: 128 }

function readValue(parser: Parser, level: number): JsonNode | undefined {
  const { kind, at } = parser.token
  if (kind !== '{' && kind !== '[') return readScalar(parser)
  if (level > MAX_LEVELS[parser.syntax]) return parser.giveUp(at, `brackets are nested more than ${MAX_LEVELS[parser.syntax]} levels deep`)
  return kind === '{' ? readObject(parser, level) : readList(parser, level)
}

function readObject(parser: Parser, level: number): JsonNode | undefined {
  const open = parser.token
  const members = new Map<string, Member>()
  parser.advance()
  while (parser.token.kind !== '}') {
    const key = parser.token
    const name = readKey(parser, open)
    if (name === undefined) return undefined
    const value = readValue(parser, level + 1)
    if (!value) return undefined
    if (members.has(name)) parser.report({ severity: 'warning', at: key.at, message: `duplicate key ${JSON.stringify(name)}; the last one is used` })
    members.set(name, { keyAt: key.at, value })
    if (!readSeparator(parser, open)) return undefined
  }
  parser.advance()
  return { kind: 'object', at: open.at, members }
}

function readList(parser: Parser, level: number): JsonNode | undefined {
  const open = parser.token
  const items: JsonNode[] = []
  parser.advance()
  while (parser.token.kind !== ']') {
    const item = readValue(parser, level + 1)
    if (!item) return undefined
    items.push(item)
    if (!readSeparator(parser, open)) return undefined
  }
  parser.advance()
  return { kind: 'list', at: open.at, items }
}

function readKey(parser: Parser, open: Token): string | undefined {
  const { token } = parser
  if (token.kind === 'end') return unclosed(parser, open)
  if (token.kind !== 'string') return parser.giveUp(token.at, 'expected a key in double quotes')
  const key = readScalar(parser)
  if (key?.kind !== 'string') return undefined
  if (parser.token.kind === ':') parser.advance()
  else if (isValueStart(parser.token)) parser.report({ at: parser.token.at, message: 'missing ":" between a key and its value' })
  else return parser.giveUp(parser.token.at, 'expected ":" after a key')
  return key.value
}

/** Reads the separator between two members or items, or the closing bracket. False: stopped. */
function readSeparator(parser: Parser, open: Token): boolean {
  const close = open.kind === '{' ? '}' : ']'
  const { token } = parser
  if (token.kind === ',') {
    parser.advance()
    if (parser.token.kind === close && parser.syntax === 'json')
      parser.report({
        at: token.at,
        message: 'a comma before a closing bracket is not allowed in strict JSON',
        hint: 'Remove it, or use the extension .jsonc.',
      })
    return true
  }
  if (token.kind === close) return true
  if (token.kind === 'end') unclosed(parser, open)
  else if (token.kind === '}' || token.kind === ']') parser.giveUp(token.at, `${bracketAt(open)} is closed by "${token.kind}"`)
  else if (open.kind === '{' ? token.kind === 'string' : isValueStart(token))
    parser.report({ at: token.at, message: 'missing comma before this value' })
  else parser.giveUp(token.at, `expected "," or "${close}"`, token.adjoins ? 'A quote before this may be missing or superfluous.' : undefined)
  return !parser.gaveUp
}

function unclosed(parser: Parser, open: Token): undefined {
  return parser.giveUp(parser.token.at, `unexpected end of file: ${bracketAt(open)} is not closed`)
}

function bracketAt(open: Token): string {
  return `the "${open.kind}" at line ${open.at.line}, column ${open.at.column}`
}

function isValueStart({ kind }: Token): boolean {
  return kind === '{' || kind === '[' || kind === 'string' || kind === 'number' || kind === 'true' || kind === 'false' || kind === 'null'
}
