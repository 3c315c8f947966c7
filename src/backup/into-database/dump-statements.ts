import type { DatabaseServer } from './database-server.ts'

/** Called for each statement of a dump: its text without comments, and without the texts of statements that only contain data (INSERT, COMMENT). */
export interface StatementEvents {
  onStatement(text: string): void
  /** A backslash outside of quotes: a command for the client itself. */
  onCommand(line: string): void
}

/** Splits a dump into statements as a stream; rows of tables (COPY … FROM stdin) are skipped. */
export interface StatementReader {
  see(chunk: Buffer): void
  end(): void
}

/** Parses what the dump programs of both servers write, and as much of other syntax as this covers. */
export function readStatements(server: DatabaseServer['kind'], events: StatementEvents): StatementReader {
  const state = newState(server, events)
  return {
    see(chunk) {
      state.text += chunk.toString('latin1')
      if (state.text.length > AHEAD) readOn(state, state.text.length - AHEAD)
    },
    end() {
      readOn(state, state.text.length)
      finish(state)
    },
  }
}

// A token is started only if this much of the following text is known: no tag, delimiter or version comment is longer.
const AHEAD = 256
const STATEMENT_CHARACTERS = 1024 * 1024
const DATA_CHARACTERS = 4096

type Mode =
  | { readonly kind: 'sql' | 'rows' }
  | { readonly kind: 'comment'; readonly end: string }
  | { readonly kind: 'quoted'; readonly quote: string; readonly escapes: boolean }
  | { readonly kind: 'dollar'; readonly tag: string }

const SQL: Mode = { kind: 'sql' }

interface State {
  readonly isMariadb: boolean
  readonly events: StatementEvents
  /** The start of a possible token other than plain SQL. */
  readonly special: RegExp
  text: string
  /** The two characters before the text. */
  before: string
  mode: Mode
  statement: string
  isData: boolean
  delimiter: string
  /** Whether a backslash is an escape in a plain string. */
  escapesPlain: boolean
  /** Rows start in the next line. */
  rowsFollow: boolean
}

function newState(server: DatabaseServer['kind'], events: StatementEvents): State {
  const isMariadb = server === 'mariadb'
  const special = isMariadb ? /['"`\\]|--\s|#|\/\*|\*\/|\n|;/gu : /['"\\]|--|\/\*|\n|;|\$(?:[A-Za-z_\u0080-\u00ff][\w\u0080-\u00ff]*)?\$/gu
  const begin = { text: '', before: '', mode: SQL, statement: '', isData: false, delimiter: ';', rowsFollow: false }
  return { isMariadb, events, special, escapesPlain: isMariadb, ...begin }
}

function readOn(state: State, limit: number): void {
  let at = 0
  while (at < limit) {
    const { mode } = state
    const next = step(state, at, limit)
    if (next === at && mode === state.mode) break
    at = next
  }
  state.before = (state.before + state.text.slice(0, at)).slice(-2)
  state.text = state.text.slice(at)
}

/** Continues at `at`, and returns the new position; the same position if more text is needed. */
function step(state: State, at: number, limit: number): number {
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
  const { text, special, delimiter } = state
  const changed = changedDelimiter(state, at)
  if (changed !== undefined) return changed
  if (delimiter !== ';' && text.startsWith(delimiter, at)) {
    finish(state)
    return at + delimiter.length
  }
  special.lastIndex = at
  const found = special.exec(text)
  const other = delimiter === ';' ? -1 : text.indexOf(delimiter, at)
  const start = Math.min(found?.index ?? text.length, other === -1 ? text.length : other, limit)
  if (start === at && found !== null) return readToken(state, at, found[0])
  add(state, text.slice(at, start))
  return start
}

function readToken(state: State, at: number, token: string): number {
  const next = at + token.length
  switch (token) {
    case ';':
      if (state.delimiter === ';' && !isInBody(state.statement)) finish(state)
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
    case '`':
      state.mode = { kind: 'quoted', quote: token, escapes: escapesIn(state, at, token) }
      add(state, token)
      return next
    default:
      if (token.startsWith('$')) add(state, token)
      state.mode = token.startsWith('$') ? { kind: 'dollar', tag: token } : { kind: 'comment', end: '\n' }
      return next
  }
}

/** Whether a semicolon belongs to the body of a function written in SQL. */
function isInBody(statement: string): boolean {
  return /\bBEGIN\s+ATOMIC\b/iu.test(statement) && !/\bEND\s*$/iu.test(statement)
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
  if (!state.isMariadb || state.statement.trim() !== '') return undefined
  const line = /\s*DELIMITER[ \t]+(?<it>\S+)[^\n]*(?:\n|$)/iuy
  line.lastIndex = at
  const found = line.exec(state.text)
  if (found === null) return undefined
  state.delimiter = found.groups?.['it'] ?? ';'
  return at + found[0].length
}

function readRows(state: State, at: number): number {
  const end = /\n\\\.\r?(?=\n|$)/gu
  end.lastIndex = at
  const found = end.exec(state.text)
  if (found === null) return Math.max(at, state.text.length - AHEAD)
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

function readQuoted(state: State, at: number, limit: number): number {
  const { mode, text } = state
  if (mode.kind !== 'quoted') return at
  const end = new RegExp(mode.escapes ? `[${mode.quote}\\\\]` : mode.quote, 'gu')
  end.lastIndex = at
  const found = Math.min(end.exec(text)?.index ?? text.length, limit)
  if (!state.isData) add(state, text.slice(at, found))
  if (found >= limit) return found
  if (text[found] === '\\' || text[found + 1] === mode.quote) return found + 2
  state.mode = SQL
  add(state, mode.quote)
  return found + 1
}

function add(state: State, piece: string): void {
  if (state.statement.length < 64) state.isData = /^\s*(?:INSERT|REPLACE|COMMENT\s+ON)\b/iu.test(state.statement)
  const room = (state.isData ? DATA_CHARACTERS : STATEMENT_CHARACTERS) - state.statement.length
  if (room > 0) state.statement += piece.slice(0, room)
}

function finish(state: State): void {
  const statement = state.statement.trim()
  state.statement = ''
  state.isData = false
  if (statement === '') return
  const strings = /^SET\s+standard_conforming_strings\s*=\s*'?(?<to>on|off)/iu.exec(statement)?.groups?.['to']
  if (strings !== undefined) state.escapesPlain = strings.toLowerCase() === 'off'
  state.rowsFollow ||= !state.isMariadb && /^COPY\b[\s\S]*\bFROM\s+STDIN\b/iu.test(statement)
  state.events.onStatement(statement)
}
