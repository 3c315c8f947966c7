import { createScanner } from 'jsonc-parser'
import type { Position } from '../issue-report.ts'

export type TokenKind =
  | '{'
  | '}'
  | '['
  | ']'
  | ','
  | ':'
  | 'null'
  | 'true'
  | 'false'
  | 'string'
  | 'number'
  | 'line-comment'
  | 'block-comment'
  | 'unknown'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly at: Position
  /** As in the file. */
  readonly raw: string
  /** Of strings: decoded. */
  readonly value: string
  readonly flaw: 'none' | 'unfinished' | 'bad-number' | 'bad-escape' | 'control-character'
  /** The position of the error, or the start of the token. */
  readonly flawAt: Position
  /** True if there is nothing between it and the previous token. */
  readonly adjoins: boolean
}

export interface Tokens {
  /** The next token, without blanks; after the last one always `end`. */
  next(): Token
  /** Continues after the line of the previous token. */
  skipLine(): void
}

/** `pageBreaks`: form feeds and vertical tabs are blanks, as in yajl, with which the ancestor parsed JSON with comments. */
export function tokensOf(text: string, { pageBreaks }: { readonly pageBreaks: boolean }): Tokens {
  const scanner = createScanner(pageBreaks ? text.replaceAll(/[\f\v]/gu, ' ') : text, false)
  const places = placesIn(text)
  let end = -1

  const next = (): Token => {
    for (;;) {
      const kind = KINDS[scanner.scan()]
      if (kind === undefined) continue
      const offset = scanner.getTokenOffset()
      const at = places.at(offset)
      const raw = text.slice(offset, offset + scanner.getTokenLength())
      const flaw = FLAWS[scanner.getTokenError()] ?? hiddenFlaw(kind, raw)
      const adjoins = offset === end
      end = offset + raw.length
      const flawAt = flaw === 'none' ? at : places.after(offset + flawOffset(flaw, raw))
      return { kind, at, raw, value: kind === 'string' ? scanner.getTokenValue() : '', flaw, flawAt, adjoins }
    }
  }
  const skipLine = () => {
    const lineEnd = /[\r\n]/u.exec(text.slice(end))
    scanner.setPosition(lineEnd ? end + lineEnd.index : text.length)
  }
  return { next, skipLine }
}

// The scanner uses a `const enum` for tokens and errors, which is not available with stripped types; line breaks (14) and blanks (15) are skipped.
const KINDS: Readonly<Record<number, TokenKind>> = {
  1: '{',
  2: '}',
  3: '[',
  4: ']',
  5: ',',
  6: ':',
  7: 'null',
  8: 'true',
  9: 'false',
  10: 'string',
  11: 'number',
  12: 'line-comment',
  13: 'block-comment',
  16: 'unknown',
  17: 'end',
}
const FLAWS: Readonly<Record<number, Token['flaw']>> = {
  1: 'unfinished',
  2: 'unfinished',
  3: 'bad-number',
  4: 'bad-escape',
  5: 'bad-escape',
  6: 'control-character',
}

/** Characters that the scanner did not see, because page breaks were replaced by blanks. */
function hiddenFlaw(kind: TokenKind, raw: string): Token['flaw'] {
  return kind === 'string' && /[\f\v]/u.test(raw) ? 'control-character' : 'none'
}

function flawOffset(flaw: Token['flaw'], raw: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  if (flaw === 'control-character') return Math.max(0, raw.search(/[\u0000-\u001f]/u))
  if (flaw !== 'bad-escape') return 0
  for (const found of raw.matchAll(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})?/gu)) if (found[0] === '\\') return found.index
  return 0
}

/** Converts offsets to positions. `at` must be called in ascending order: otherwise, a minified file with one line would take quadratic time. */
function placesIn(text: string): { at(offset: number): Position; after(offset: number): Position } {
  let here = { offset: 0, line: 1, column: 1 }
  const walk = (to: number) => {
    let { offset, line, column } = here
    for (; offset < to; offset += 1) {
      const unit = text.charCodeAt(offset)
      if (unit === LF || (unit === CR && text.charCodeAt(offset + 1) !== LF)) {
        line += 1
        column = 1
      } else if (!isLowSurrogate(unit)) column += 1
    }
    return { offset, line, column }
  }
  return {
    at: (offset) => {
      here = walk(offset)
      return { line: here.line, column: here.column }
    },
    after: (offset) => {
      const { line, column } = walk(offset)
      return { line, column }
    },
  }
}

const LF = 10
const CR = 13

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
