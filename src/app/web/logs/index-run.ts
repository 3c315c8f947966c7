import type { RecordedPart } from '../../../journal/run-record.ts'
import { type LineStart, type RunLine, splitRows } from './split-rows.ts'

/** Reads rows of the log of a run, from this number on. */
export type ReadRows = (from: number, limit: number) => Promise<readonly RecordedPart[]>

export interface NumberedLine extends RunLine {
  /** From 0. */
  readonly number: number
}

/** The positions of the lines of one run: of those of a log of any length, one in 256. */
export interface RunIndex {
  /** The number of the known lines. */
  readonly count: number
  /** Whether all recorded rows have been read. */
  readonly isComplete: boolean
  /** Reads on until this many lines are known, or to the end. */
  until(lines: number): Promise<void>
  /** Reads to the end; other reads are served meanwhile. */
  toEnd(): Promise<void>
  read(from: number, count: number): Promise<readonly NumberedLine[]>
}

const EVERY = 256
const PART_BYTES = 2 * 1024 * 1024
const MOST_ROWS = 8192
const LINES_AT_ONCE = 50_000

/** Rows are read in parts of about the same size; other requests are served between them. */
export async function eachPart(readRows: ReadRows, from: number, onPart: (rows: readonly RecordedPart[]) => boolean): Promise<'end' | 'stopped'> {
  let limit = 32
  for (let next = from; ; ) {
    const rows = await readRows(next, limit)
    const last = rows.at(-1)
    if (last !== undefined && !onPart(rows)) return 'stopped'
    if (last === undefined || rows.length < limit) return 'end'
    next = last.number + 1
    const bytes = rows.reduce((sum, { text }) => sum + text.length, 0)
    limit = Math.max(8, Math.min(MOST_ROWS, Math.floor((PART_BYTES * rows.length) / Math.max(1, bytes)), limit * 8))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export function indexRun(readRows: ReadRows): RunIndex {
  const marks: LineStart[] = []
  let count = 0
  let isComplete = false
  let nextRow = 1
  const splitter = splitRows(({ start }) => {
    if (count % EVERY === 0) marks.push(start)
    count += 1
  })
  const known = () => count + (splitter.open === undefined ? 0 : 1)
  const advance = async (lines: number) => {
    if (count >= lines) return
    const outcome = await eachPart(readRows, nextRow, (rows) => {
      for (const row of rows) splitter.take(row)
      nextRow = (rows.at(-1)?.number ?? 0) + 1
      return count < lines
    })
    isComplete = outcome === 'end'
  }
  let turn: Promise<void> = Promise.resolve()
  const until = (lines: number): Promise<void> => {
    if (count >= lines) return Promise.resolve()
    const next = turn.then(() => advance(lines))
    turn = next.catch(() => undefined)
    return next
  }
  let end: Promise<void> | undefined
  const readToEnd = async () => {
    do await until(count + LINES_AT_ONCE)
    while (!isComplete)
  }
  return {
    get count() {
      return known()
    },
    get isComplete() {
      return isComplete
    },
    until,
    toEnd() {
      end ??= readToEnd().finally(() => {
        end = undefined
      })
      return end
    },
    async read(from, wanted) {
      const place = Math.min(Math.floor(from / EVERY), marks.length - 1)
      const start = marks[place] ?? { row: 1, offset: 0 }
      return readLines(readRows, { start, first: Math.max(0, place) * EVERY, from, end: Math.min(from + wanted, known()) })
    },
  }
}

interface Wanted {
  readonly start: LineStart
  /** The number of the line at `start`. */
  readonly first: number
  readonly from: number
  readonly end: number
}

async function readLines(readRows: ReadRows, { start, first, from, end }: Wanted): Promise<readonly NumberedLine[]> {
  const lines: NumberedLine[] = []
  if (from >= end) return lines
  await scanLines(readRows, { start, number: first }, (line) => {
    if (line.number >= from) lines.push(line)
    return line.number < end - 1
  })
  return lines
}

/** Reads the lines from a place on, including a last one without an end, while `onLine` returns true. */
export async function scanLines(
  readRows: ReadRows,
  { start, number }: { readonly start: LineStart; readonly number: number },
  onLine: (line: NumberedLine) => boolean,
): Promise<void> {
  let next = number
  let isWanted = true
  const take = (line: RunLine) => {
    if (isWanted) isWanted = onLine({ ...line, number: next })
    next += 1
  }
  const splitter = splitRows(take)
  await eachPart(readRows, start.row, (rows) => {
    for (const row of rows) {
      splitter.take(row, row.number === start.row ? start.offset : 0)
      if (!isWanted) return false
    }
    return true
  })
  if (splitter.open !== undefined) take(splitter.open)
}
