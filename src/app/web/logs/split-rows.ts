import type { RecordedPart } from '../../../journal/run-record.ts'

/** The position at which a line begins: a row of the log, and an index into its text. */
export interface LineStart {
  readonly row: number
  readonly offset: number
}

export interface RunLine {
  readonly at: Date
  readonly level: number
  readonly kind: string
  /** Of a very long line, the beginning. */
  readonly text: string
  /** Of the complete line. */
  readonly length: number
  readonly start: LineStart
}

/** Splits the rows of a log into lines. */
export interface RowSplitter {
  /** Takes the next row; of the first one, the text from this index on. */
  take(row: RecordedPart, offset?: number): void
  /** The last line, if it has no end yet. */
  readonly open: RunLine | undefined
}

// A program can write one line of gigabytes.
const MAX_LINE = 16 * 1024

/** Output of a program arrives in pieces that can end anywhere; other rows are complete lines. Lines are cut after `most` characters. */
export function splitRows(onLine: (line: RunLine) => void, most = MAX_LINE): RowSplitter {
  let open: RunLine | undefined
  const end = () => {
    const line = open
    open = undefined
    if (line !== undefined) onLine(line)
  }
  const add = (text: string, { number, at, kind, level }: RecordedPart, offset: number) => {
    open =
      open === undefined
        ? { at, level, kind, text: text.slice(0, most), length: text.length, start: { row: number, offset } }
        : { ...open, text: open.text + text.slice(0, most - open.text.length), length: open.length + text.length }
  }
  return {
    take(row, offset = 0) {
      const { kind, text } = row
      if (open !== undefined && open.kind !== kind) end()
      let from = offset
      for (let found = text.indexOf('\n', from); found !== -1; found = text.indexOf('\n', from)) {
        add(text.slice(from, found), row, from)
        end()
        from = found + 1
      }
      const isOutput = kind === 'stderr' || kind === 'stdout'
      if (from < text.length || (!isOutput && from === 0)) add(text.slice(from), row, from)
      if (!isOutput) end()
    },
    get open() {
      return open
    },
  }
}
