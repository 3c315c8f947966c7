import { countLineBreaks } from './count-line-breaks.ts'
import { SQL, type State } from './dump-tokens.ts'

const MARK = Buffer.from('\n\\.')
const MARK_BYTES = 5
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d]

/**
 * Counts the rows after COPY … FROM stdin in a piece of the dump, without making text of them, and returns what follows their end. The state is that
 * inside of rows.
 */
export function passRows(state: State, chunk: Buffer): Buffer {
  // What could be the beginning of the end mark.
  const data = state.text === '' ? chunk : Buffer.concat([Buffer.from(state.text, 'latin1'), chunk])
  const { at, next } = findEnd(data)
  state.text = next === undefined ? data.toString('latin1', at) : ''
  // Each row begins with the line break before it, as does the end mark.
  state.events.onRows?.(countLineBreaks(data.subarray(0, at)))
  if (next === undefined) return Buffer.alloc(0)
  state.mode = SQL
  state.rowsFollow = false
  state.before = data.toString('latin1', next - 2, next)
  return data.subarray(next)
}

/** `at`: where the rows end, as far as they are known. `next`: what follows the end mark; undefined if it is not complete. */
function findEnd(data: Buffer): { readonly at: number; readonly next?: number } {
  for (let at = data.indexOf(MARK); at !== -1; at = data.indexOf(MARK, at + 1)) {
    const next = at + MARK.length + Number(data[at + MARK.length] === CARRIAGE_RETURN)
    if (next >= data.length) return { at }
    if (data[next] === LINE_FEED) return { at, next }
  }
  const last = data.lastIndexOf(LINE_FEED)
  const isBegun = last !== -1 && data.length - last < MARK_BYTES && MARK.subarray(0, data.length - last).equals(data.subarray(last))
  return { at: isBegun ? last : data.length }
}
