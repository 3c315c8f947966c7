import type { JsonNode } from './node.ts'
import type { Parser } from './parser.ts'
import type { Token } from './tokens.ts'

/** Reads a string, a number, a boolean or null. Errors with an obvious meaning are reported and reading continues; others stop it. */
export function readScalar(parser: Parser): JsonNode | undefined {
  const { token } = parser
  const { at } = token
  switch (token.kind) {
    case 'string':
      return readString(parser)
    case 'number':
      return readNumber(parser)
    case 'true':
    case 'false':
      parser.advance()
      return { kind: 'boolean', at, value: token.kind === 'true' }
    case 'null':
      parser.advance()
      return { kind: 'null', at }
    case 'unknown':
      return readWord(parser)
    case 'end':
      return parser.giveUp(at, 'unexpected end of file: expected a value')
    default:
      return parser.giveUp(at, `expected a value before "${token.kind}"`)
  }
}

function readString(parser: Parser): JsonNode | undefined {
  const { at, value, flaw, flawAt } = parser.token
  if (flaw === 'unfinished') return parser.giveUp(at, 'the string is not closed on its line', 'Write a line break in a string as \\n.')
  if (flaw === 'bad-escape') parser.report({ at: flawAt, message: 'unknown escape sequence in a string', hint: 'Write a backslash as \\\\.' })
  if (flaw === 'control-character')
    parser.report({ at: flawAt, message: 'control character in a string', hint: 'Write it as an escape sequence, such as \\t for a tab.' })
  const broken = !value.isWellFormed()
  if (broken && parser.syntax === 'json')
    parser.report({ at, message: 'incomplete surrogate pair in a string', hint: 'Write both halves of the character, or the character itself.' })
  parser.advance()
  return { kind: 'string', at, value: broken ? value.replaceAll(/\p{Surrogate}/gu, '?') : value }
}

const NUMBERS = 'Numbers have decimal digits, no leading zeros, no "+", and digits on both sides of the decimal point.'

function readNumber(parser: Parser): JsonNode {
  const { at, raw, flaw } = parser.token
  let sound = flaw === 'none'
  parser.advance()
  for (; parser.token.adjoins && (parser.token.kind === 'number' || parser.token.kind === 'unknown'); parser.advance()) sound = false
  if (!sound) parser.report({ at, message: 'invalid number', hint: NUMBERS })
  return { kind: 'number', at, text: sound ? raw : '0' }
}

/** A word without quotes. Only words that cannot be secrets are quoted or interpreted. */
function readWord(parser: Parser): JsonNode | undefined {
  const first = parser.token
  parser.advance()
  const negative = first.raw === '-' && parser.token.adjoins && parser.token.kind === 'unknown'
  const word = negative ? `-${parser.token.raw}` : first.raw
  if (negative) parser.advance()
  return WORDS.get(word)?.(first, parser) ?? refuseWord(parser, first, word)
}

const WORDS: ReadonlyMap<string, (token: Token, parser: Parser) => JsonNode> = new Map([
  ['NaN', numberWord('NaN')],
  ['Infinity', numberWord('Infinity')],
  ['-Infinity', numberWord('-Infinity')],
  ['True', ({ at }, parser) => ({ ...misspelt(parser, at, 'True', 'true'), kind: 'boolean', value: true })],
  ['False', ({ at }, parser) => ({ ...misspelt(parser, at, 'False', 'false'), kind: 'boolean', value: false })],
  ['None', ({ at }, parser) => ({ ...misspelt(parser, at, 'None', 'null'), kind: 'null' })],
])

function numberWord(text: string): (token: Token, parser: Parser) => JsonNode {
  return ({ at }, parser) => {
    if (parser.syntax === 'jsonc') parser.report({ at, message: `unquoted word ${text} in a .jsonc file`, hint: `Write it as a string: "${text}".` })
    return { kind: 'number', at, text }
  }
}

function misspelt(parser: Parser, at: Token['at'], word: string, meant: string): { at: Token['at'] } {
  parser.report({ at, message: `invalid JSON literal "${word}"`, hint: `Write ${meant}.` })
  return { at }
}

function refuseWord(parser: Parser, { at }: Token, word: string): JsonNode | undefined {
  if (/^[+-]?\.?\d/u.test(word)) {
    parser.report({ at, message: 'invalid number', hint: NUMBERS })
    return { kind: 'number', at, text: '0' }
  }
  if (word.startsWith("'")) return parser.giveUp(at, 'the string is in single quotes', 'Use double quotes.')
  return parser.giveUp(at, 'unquoted word', 'Put strings and keys in double quotes.')
}
