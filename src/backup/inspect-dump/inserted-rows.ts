/** Counts the rows of INSERT statements by their text outside of quotes and comments. */
export interface InsertedRows {
  see(piece: string): void
  /** The statement has ended: the number of its rows; 0 for any other statement. */
  end(): number
}

// Longer texts before the rows are not those of an INSERT with VALUES.
const HEAD_CHARACTERS = 64 * 1024
const OPENING = 0x28
const CLOSING = 0x29

/** A row is a pair of parentheses after VALUES that is not inside another one. */
export function countInsertedRows(): InsertedRows {
  let [head, rows, depth] = ['', 0, 0]
  let isInRows = false
  const reset = () => {
    ;[head, rows, depth] = ['', 0, 0]
    isInRows = false
  }
  const count = (text: string) => {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === OPENING && depth === 0) rows += 1
      if (code === OPENING) depth += 1
      if (code === CLOSING && depth > 0) depth -= 1
    }
  }
  return {
    see(piece) {
      if (isInRows) {
        count(piece)
        return
      }
      if (head.length > HEAD_CHARACTERS || (head.length >= 16 && !isInsert(head))) return
      head += piece
      const values = isInsert(head) ? /\bVALUES\b/iu.exec(head) : null
      if (values === null) return
      isInRows = true
      count(head.slice(values.index + values[0].length))
    },
    end() {
      const found = isInRows ? rows : 0
      reset()
      return found
    },
  }
}

function isInsert(head: string): boolean {
  return /^\s*(?:INSERT|REPLACE)\b/iu.test(head)
}

/** Of the rows of COPY, each begins with a line break. */
export function lineBreaksIn(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
