import { passRows } from './copied-rows.ts'
import { AHEAD, type Current, type DumpKind, newState, newStatement, type State, type StatementEvents, step } from './dump-tokens.ts'

/** Splits a dump into statements as a stream; rows of tables (COPY … FROM stdin) are skipped. Takes time in proportion to the text. */
export interface StatementReader {
  see(chunk: Buffer): void
  end(): void
}

/** Parses the output of the dump programs of both servers, and any other syntax that this covers. */
export function readStatements(server: DumpKind, events: StatementEvents): StatementReader {
  const state = newState(server, events)
  return {
    see(chunk) {
      const rest = state.mode.kind === 'rows' && events.onText === undefined ? passRows(state, chunk) : chunk
      state.text += rest.toString('latin1')
      if (state.text.length > AHEAD) readOn(state, state.text.length - AHEAD)
    },
    end() {
      readOn(state, state.text.length)
      // A quote or a comment without an end: what follows it was not understood.
      const isOpen = state.mode.kind !== 'sql' && !(state.mode.kind === 'comment' && state.mode.end === '\n')
      if (isOpen) state.now.isCut = true
      if (isOpen && state.now.text === '') state.now.text = '(end of the dump)'
      finish(state)
    },
  }
}

function readOn(state: State, limit: number): void {
  let at = 0
  while (at < limit) {
    const { mode } = state
    const next = step(state, at, limit)
    if (next === at && mode === state.mode) break
    if (next > at) pass(state, at, next)
    if (state.now.isEnding) finish(state)
    at = next
  }
  state.before = (state.before + state.text.slice(0, at)).slice(-2)
  state.text = state.text.slice(at)
}

/** Passes on the data, or holds it until the whole statement is known. */
function pass(state: State, at: number, next: number): void {
  const { events, now } = state
  if (events.onText === undefined) return
  const piece = state.text.slice(at, next)
  if (state.held === undefined) events.onText(piece)
  else state.held += piece
  if (now.text === '' || now.isCut || (now.text.length >= REPLACED_WORD && !isAsked(now))) release(state)
  if (now.text === '') state.held = ''
}

const REPLACED_WORD = 8

function isAsked({ text }: Current): boolean {
  return /^(?:ALTER|COMMENT|CREATE)\s/iu.test(text.slice(0, REPLACED_WORD))
}

function release(state: State): void {
  if (state.held) state.events.onText?.(state.held)
  state.held = undefined
}

function finish(state: State): void {
  const { now, held } = state
  state.now = newStatement()
  state.held = ''
  const text = now.text.trim()
  const isCut = now.isCut
  const rows = state.inserted?.end() ?? 0
  if (held !== undefined) state.events.onText?.(text !== '' && isAsked(now) ? (state.events.replace?.(text, held) ?? held) : held)
  if (text === '') return
  const strings = /^SET\s+standard_conforming_strings\s*=\s*'?(?<to>on|off)/iu.exec(text)?.groups?.['to']
  if (strings !== undefined) state.escapesPlain = strings.toLowerCase() === 'off'
  state.rowsFollow ||= !state.isMariadb && /^COPY\b[\s\S]*\bFROM\s+STDIN\b/iu.test(text)
  state.events.onStatement({ text, isCut, isOddData: now.data === 'values' && now.values.isOdd() })
  if (rows > 0) state.events.onRows?.(rows)
}
