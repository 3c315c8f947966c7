import { eachPart, type NumberedLine, type ReadRows } from './index-run.ts'
import { type LineStart, type RunLine, splitRows } from './split-rows.ts'

export interface LineFilter {
  /** Only lines of at least this severity. */
  readonly level?: number | undefined
  /** Only lines that contain this text, ignoring case. */
  readonly q?: string | undefined
}

/** The lines of one run that a filter leaves. */
export interface FilteredRun {
  /** Reads rows that were recorded since the last call. */
  advance(): Promise<void>
  /** The numbers of the lines in the complete log. */
  numbers(): readonly number[]
  read(from: number, count: number): Promise<readonly NumberedLine[]>
}

export function filterRun(readRows: ReadRows, filter: LineFilter): FilteredRun {
  const numbers: number[] = []
  const starts: LineStart[] = []
  const isWanted = matcherOf(filter)
  let number = 0
  let nextRow = 1
  const splitter = splitRows((line) => {
    if (isWanted(line)) {
      numbers.push(number)
      starts.push(line.start)
    }
    number += 1
  })
  // The last line of a program that was killed has no end.
  const openOne = () => (splitter.open !== undefined && isWanted(splitter.open) ? splitter.open : undefined)
  const advance = async () => {
    await eachPart(readRows, nextRow, (rows) => {
      for (const row of rows) splitter.take(row)
      nextRow = (rows.at(-1)?.number ?? 0) + 1
      return true
    })
  }
  let turn: Promise<void> = Promise.resolve()
  return {
    advance() {
      const next = turn.then(advance)
      turn = next.catch(() => undefined)
      return next
    },
    numbers: () => [...numbers, ...(openOne() === undefined ? [] : [number])],
    read(from, count) {
      const places = starts.slice(from, from + count).map((start, index) => ({ start, number: numbers[from + index] ?? 0 }))
      const open = from <= starts.length && places.length < count ? openOne() : undefined
      return readScattered(readRows, open === undefined ? places : [...places, { start: open.start, number }])
    },
  }
}

interface Place {
  readonly start: LineStart
  readonly number: number
}

const ROWS_AT_ONCE = 16
// Only the beginning of a very long line is returned.
const MOST_CHARACTERS = 1024 * 1024

/** Lines in ascending order; rows that contain several of them are read once. */
async function readScattered(readRows: ReadRows, places: readonly Place[]): Promise<readonly NumberedLine[]> {
  const lines: NumberedLine[] = []
  let rows = await readRows(places[0]?.start.row ?? 1, ROWS_AT_ONCE)
  for (const { start, number } of places) {
    let line = lineAt(rows, start)
    for (let limit = ROWS_AT_ONCE; line === undefined; limit *= 4) {
      rows = await readRows(start.row, limit)
      const isEnough = rows.length < limit || rows.reduce((sum, { text }) => sum + text.length, 0) > MOST_CHARACTERS
      line = lineAt(rows, start, { isLast: isEnough })
      if (isEnough) break
    }
    if (line !== undefined) lines.push({ ...line, number })
  }
  return lines
}

/** Undefined if the line does not end in these rows. */
function lineAt(rows: Awaited<ReturnType<ReadRows>>, { row, offset }: LineStart, { isLast = false } = {}): RunLine | undefined {
  let found: RunLine | undefined
  const splitter = splitRows((line) => {
    found ??= line
  })
  const first = rows.findIndex(({ number }) => number === row)
  if (first === -1) return undefined
  for (const it of rows.slice(first)) {
    // Of a row with many lines, the first one is sufficient.
    const end = it.number === row ? it.text.indexOf('\n', offset) : -1
    splitter.take(end === -1 ? it : { ...it, text: it.text.slice(0, end + 1) }, it.number === row ? offset : 0)
    if (found !== undefined) return found
  }
  return isLast ? splitter.open : undefined
}

function matcherOf({ level, q }: LineFilter): (line: RunLine) => boolean {
  const text = q?.toLowerCase()
  return (line) => (level === undefined || line.level <= level) && (text === undefined || line.text.toLowerCase().includes(text))
}
