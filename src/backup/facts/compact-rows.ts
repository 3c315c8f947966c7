const LINE_FEED = 10
const [OPENING, CLOSING, COMMA, LETTER_I] = [0x28, 0x29, 0x2c, 0x49]
/** A longer line is not waited for. */
const LINE_BYTES = 1024 * 1024
const [BEGIN, END] = ['INSERT INTO ', ' VALUES']

/**
 * Replaces the rows of a MariaDB dump by empty ones, so that they are counted at the speed of the dump: mariadb-dump writes each row on a line of its own, and
 * no line break in it. Everything else is passed on as it is; the last row of a statement, too. Only for counting: the text of others may have such lines
 * inside of a string.
 */
export function compactRows(pass: (chunk: Buffer) => void): { see(chunk: Buffer): void; end(): void } {
  let rest = Buffer.alloc(0)
  let isInRows = false
  let isWithinLine = false
  let rows = 0
  const passOn = (piece: Buffer) => {
    if (piece.length === 0) return
    if (rows > 0) pass(Buffer.from('(),'.repeat(rows)))
    rows = 0
    pass(piece)
  }
  return {
    see(chunk) {
      const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      let from = 0
      let at = 0
      for (let end = data.indexOf(LINE_FEED); end !== -1; end = data.indexOf(LINE_FEED, at)) {
        if (isInRows && isRow(data, at, end)) {
          if (at > from) passOn(data.subarray(from, at))
          rows += 1
          from = end + 1
        } else isInRows = !isWithinLine && beginsRows(data, at, end)
        isWithinLine = false
        at = end + 1
      }
      passOn(data.subarray(from, at))
      rest = Buffer.from(data.subarray(at))
      if (rest.length <= LINE_BYTES) return
      passOn(rest)
      rest = Buffer.alloc(0)
      isInRows = false
      isWithinLine = true
    },
    end() {
      passOn(rest)
      rest = Buffer.alloc(0)
    },
  }
}

function isRow(data: Buffer, at: number, end: number): boolean {
  return data[at] === OPENING && data[end - 1] === COMMA && data[end - 2] === CLOSING
}

function beginsRows(data: Buffer, at: number, end: number): boolean {
  if (data[at] !== LETTER_I) return false
  return data.toString('latin1', at, at + BEGIN.length) === BEGIN && data.toString('latin1', Math.max(at, end - END.length), end) === END
}
