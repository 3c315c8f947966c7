import { type DataWatch, watchData } from './dump-data.ts'
import { countInsertedRows, type InsertedRows, lineBreaksIn } from './inserted-rows.ts'

/** The program that a dump is for. */
export type DumpKind = 'postgresql' | 'mariadb'

/** A statement of a dump. */
export interface Statement {
  /** Without comments, and without the texts of statements that only contain data (INSERT, COMMENT). */
  readonly text: string
  /** Longer than the kept part of a statement: the rest of it is not in `text`. */
  readonly isCut: boolean
  /** An INSERT with something other than values. */
  readonly isOddData: boolean
}

export interface StatementEvents {
  onStatement(statement: Statement): void
  /** A backslash outside of quotes: a command for the client itself. */
  onCommand(line: string): void
  /** More rows of the last statement: after COPY … FROM stdin those that follow it, otherwise those in the INSERT itself. */
  onRows?(rows: number): void
  /**
   * With it, all of the dump is passed on to `onText`, with each statement replaced by what this returns for its text and its source. Only statements that
   * begin with ALTER, COMMENT or CREATE and are not cut are asked for.
   */
  replace?(text: string, source: string): string
  /** One character for each byte. */
  onText?(text: string): void
}

// A token is started only if this much of the following text is known: no tag, delimiter or version comment is longer.
export const AHEAD = 256
const STATEMENT_CHARACTERS = 1024 * 1024
const VALUES_CHARACTERS = 4096
// Enough for the keywords of a statement.
const CLASS_CHARACTERS = 64

type Mode =
  | { readonly kind: 'sql' | 'rows' }
  | { readonly kind: 'comment'; readonly end: string }
  | { readonly kind: 'quoted'; readonly quote: string; readonly end: RegExp }
  | { readonly kind: 'dollar'; readonly tag: string }

export const SQL: Mode = { kind: 'sql' }

export interface State {
  readonly isMariadb: boolean
  readonly events: StatementEvents
  /** The start of a possible token other than plain SQL. */
  special: RegExp
  text: string
  /** The two characters before the text. */
  before: string
  mode: Mode
  delimiter: string
  /** Whether a backslash is an escape in a plain string. */
  escapesPlain: boolean
  /** Rows start in the next line. */
  rowsFollow: boolean
  /** Present if rows are counted. */
  readonly inserted: InsertedRows | undefined
  now: Current
  /** The source of the statement, until it is passed on; undefined if that has begun. */
  held: string | undefined
}

/** The statement that is being read. */
export interface Current {
  text: string
  isCut: boolean
  /** Set in statements that only contain data, whose texts are omitted. */
  data: 'values' | 'comment' | undefined
  readonly values: DataWatch
  /** The last characters outside of quotes. */
  tail: string
  /** Whether it is a function with a body in SQL. */
  hasBody: boolean
  /** Its last token was read. */
  isEnding: boolean
}

export function newState(server: DumpKind, events: StatementEvents): State {
  const isMariadb = server === 'mariadb'
  const begin = { text: '', before: '', mode: SQL, delimiter: ';', rowsFollow: false, now: newStatement(), held: '' }
  return { isMariadb, events, special: specials(isMariadb, ';'), escapesPlain: isMariadb, inserted: events.onRows && countInsertedRows(), ...begin }
}

export function newStatement(): Current {
  return { text: '', isCut: false, data: undefined, values: watchData(), tail: '', hasBody: false, isEnding: false }
}

function specials(isMariadb: boolean, delimiter: string): RegExp {
  if (!isMariadb) return /['"\\]|--|\/\*|\n|;|\$(?:[A-Za-z_\u0080-\u00ff][\w\u0080-\u00ff]*)?\$/gu
  const other = delimiter === ';' ? '' : `${delimiter.replaceAll(/\W/gu, (it) => `\\u{${it.charCodeAt(0).toString(16)}}`)}|`
  return new RegExp(`${other}['"\`\\\\]|--\\s|#|/\\*|\\*/|\\n|;`, 'gu')
}

/** Continues at `at`, and returns the new position; the same position if more text is needed. */
export function step(state: State, at: number, limit: number): number {
  const { mode } = state
  switch (mode.kind) {
    case 'sql':
      return readSql(state, at, limit)
    case 'rows':
      return readRows(state, at)
    case 'comment':
      return readUntil(state, { at, end: mode.end, isKept: false })
    case 'dollar':
      return readUntil(state, { at, end: mode.tag, isKept: true })
    case 'quoted':
      return readQuoted(state, at, limit)
    default:
      return mode satisfies never
  }
}

function readSql(state: State, at: number, limit: number): number {
  const { text, special, delimiter, now } = state
  if (state.isMariadb && now.text === '') {
    const begin = skipSpace(text, at)
    if (begin > at) return Math.min(begin, limit)
    const changed = changedDelimiter(state, at)
    if (changed !== undefined) return changed
  }
  special.lastIndex = at
  const found = special.exec(text)
  const start = Math.min(found?.index ?? text.length, limit)
  if (start > at || found === null) {
    const piece = text.slice(at, start)
    add(state, piece)
    state.inserted?.see(piece)
    return start
  }
  if (delimiter === ';' || found[0] !== delimiter) return readToken(state, at, found[0])
  now.isEnding = true
  return at + delimiter.length
}

function skipSpace(text: string, at: number): number {
  const space = /\s*/uy
  space.lastIndex = at
  space.exec(text)
  return space.lastIndex
}

function readToken(state: State, at: number, token: string): number {
  const next = at + token.length
  switch (token) {
    case ';':
      if (state.delimiter === ';' && !isInBody(state.now)) state.now.isEnding = true
      else add(state, token)
      return next
    case '\n':
      add(state, token)
      if (state.rowsFollow) state.mode = { kind: 'rows' }
      // If there are no rows, their end is the next line, and begins here.
      return state.rowsFollow ? at : next
    case '\\': {
      const line = state.text.slice(at, at + AHEAD).split('\n', 1)[0] ?? ''
      state.events.onCommand(line)
      return at + line.length
    }
    case '/*':
      return readComment(state, at)
    case '*/':
      return next
    case "'":
    case '"':
    case '`': {
      const hasEscapes = escapesIn(state, at, token)
      state.mode = { kind: 'quoted', quote: token, end: new RegExp(hasEscapes ? `[${token}\\\\]` : token, 'gu') }
      add(state, token)
      return next
    }
    default:
      return token.startsWith('$') ? readDollar(state, at, token) : readLineComment(state, next)
  }
}

function readLineComment(state: State, next: number): number {
  state.mode = { kind: 'comment', end: '\n' }
  return next
}

/** A dollar inside of a name starts no text. */
function readDollar(state: State, at: number, tag: string): number {
  const isInName = /[\w$\u0080-\u00ff]$/u.test(at === 0 ? state.before : (state.text[at - 1] ?? ''))
  add(state, isInName ? '$' : tag)
  if (isInName) return at + 1
  state.mode = { kind: 'dollar', tag }
  return at + tag.length
}

/** Whether a semicolon belongs to the body of a function written in SQL. */
function isInBody({ hasBody, tail }: Current): boolean {
  return hasBody && !/\bEND\s*$/iu.test(tail)
}

function escapesIn({ before, text, isMariadb, escapesPlain }: State, at: number, quote: string): boolean {
  if (quote !== "'") return quote === '"' && isMariadb
  return escapesPlain || /(?:^|\W)E$/iu.test((before + text.slice(Math.max(0, at - 2), at)).slice(-2))
}

/** Text for an existing version of MariaDB is executed; text for other versions is a comment for the client. */
function readComment(state: State, at: number): number {
  const version = /\/\*M?!(?:999999[^*]*\*\/|\d*)/uy
  version.lastIndex = at
  const found = state.isMariadb ? version.exec(state.text) : null
  if (found === null) state.mode = { kind: 'comment', end: '*/' }
  else add(state, ' ')
  return at + (found?.[0].length ?? 2)
}

function changedDelimiter(state: State, at: number): number | undefined {
  const line = /DELIMITER[ \t]+(?<it>\S{1,32})(?!\S)[^\n]*(?:\n|$)/iuy
  line.lastIndex = at
  const found = line.exec(state.text)
  if (found === null) return undefined
  state.delimiter = found.groups?.['it'] ?? ';'
  state.special = specials(state.isMariadb, state.delimiter)
  return at + found[0].length
}

function readRows(state: State, at: number): number {
  const end = /\n\\\.\r?(?=\n|$)/gu
  end.lastIndex = at
  const found = end.exec(state.text)
  const to = found?.index ?? Math.max(at, state.text.length - AHEAD)
  // Each row begins with the line break before it, as does the end mark.
  state.events.onRows?.(lineBreaksIn(state.text, at, to))
  if (found === null) return to
  state.mode = SQL
  state.rowsFollow = false
  return found.index + found[0].length
}

interface Until {
  readonly at: number
  readonly end: string
  readonly isKept: boolean
}

function readUntil(state: State, { at, end, isKept }: Until): number {
  const found = state.text.indexOf(end, at)
  const to = found === -1 ? Math.max(at, state.text.length - end.length + 1) : found
  if (isKept) add(state, state.text.slice(at, to))
  if (found === -1) return to
  state.mode = SQL
  add(state, isKept ? end : ' ')
  // Rows may start after this line break.
  return end === '\n' ? found : found + end.length
}

// The text contains the name of the sequence.
const SEQUENCE = /^SELECT\s+pg_catalog\.setval\b/iu

function readQuoted(state: State, at: number, limit: number): number {
  const { mode, text, now } = state
  if (mode.kind !== 'quoted') return at
  mode.end.lastIndex = at
  const found = Math.min(mode.end.exec(text)?.index ?? text.length, limit)
  // The name of a table whose rows are counted is not data.
  const isName = state.inserted !== undefined && (mode.quote === '`' || (mode.quote === '"' && !state.isMariadb))
  if (now.data === undefined || isName) add(state, text.slice(at, found))
  if (found >= limit) return found
  if (text[found] === '\\' || text[found + 1] === mode.quote) {
    if (isName || (state.inserted !== undefined && SEQUENCE.test(now.text))) add(state, text.slice(found, found + 2))
    return found + 2
  }
  state.mode = SQL
  add(state, mode.quote)
  return found + 1
}

function add(state: State, piece: string): void {
  const { now, mode } = state
  const text = now.text === '' ? piece.trimStart() : piece
  if (text === '') return
  const wasShort = now.text.length < CLASS_CHARACTERS
  if (now.data === 'values') now.values.see(text)
  const room = (now.data === 'values' ? VALUES_CHARACTERS : STATEMENT_CHARACTERS) - now.text.length
  // What is not kept of values was seen nevertheless.
  if (text.length > room && now.data !== 'values') now.isCut = true
  if (room > 0) now.text += text.slice(0, room)
  if (wasShort) classify(now)
  if (mode.kind !== 'sql' || state.isMariadb) return
  const near = now.tail + text
  if (!now.hasBody && /\bBEGIN\s+ATOMIC\b/iu.test(near)) now.hasBody = ROUTINE.test(now.text.slice(0, CLASS_CHARACTERS))
  now.tail = near.slice(-CLASS_CHARACTERS)
}

const ROUTINE = /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b/iu

function classify(now: Current): void {
  if (now.data !== undefined) return
  if (/^COMMENT\s+ON\b/iu.test(now.text)) now.data = 'comment'
  if (!/^(?:INSERT|REPLACE)\b/iu.test(now.text)) return
  now.data = 'values'
  now.values.see(now.text)
}
