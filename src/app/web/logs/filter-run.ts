import { eachPart, type NumberedLine, type ReadRows, scanLines } from './index-run.ts'
import { type LineStart, type RunLine, splitRows } from './split-rows.ts'

export interface LineFilter {
  /** Only lines of at least this severity. */
  readonly level?: number | undefined
  /** Only lines that contain this text, ignoring case. */
  readonly q?: string | undefined
}

/** The lines of one run that a filter leaves. Of any number of them, the positions of at most 4096 are kept in memory. */
export interface FilteredRun {
  /** The number of the known lines. */
  readonly total: number
  /** Reads rows that were recorded since the last call. */
  advance(): Promise<void>
  /** How many of these lines precede this line of the complete log. */
  before(number: number): Promise<number>
  read(from: number, count: number): Promise<readonly NumberedLine[]>
}

const MOST_MARKS = 4096

export function filterRun(readRows: ReadRows, filter: LineFilter, mostMarks = MOST_MARKS): FilteredRun {
  // The places of each line; if there are too many of them, of every second one, and so on.
  let marks: MarkedLine[] = []
  let every = 1
  let found = 0
  const isWanted = matcherOf(filter)
  const mark = (place: MarkedLine) => {
    if (found % every === 0) marks.push(place)
    found += 1
    if (marks.length <= mostMarks) return
    marks = marks.filter((_, index) => index % 2 === 0)
    every *= 2
  }
  let number = 0
  let nextRow = 1
  const splitter = splitRows((line) => {
    if (isWanted(line)) mark({ start: line.start, number })
    number += 1
  })
  // The last line of a program that was killed has no end.
  const openOne = () => (splitter.open !== undefined && isWanted(splitter.open) ? splitter.open : undefined)
  const known = () => found + (openOne() === undefined ? 0 : 1)
  const advance = async () => {
    await eachPart(readRows, nextRow, (rows) => {
      for (const row of rows) splitter.take(row)
      nextRow = (rows.at(-1)?.number ?? 0) + 1
      return true
    })
  }
  let turn: Promise<void> = Promise.resolve()
  /** The filtered lines after this mark, while `onLine` returns true. */
  const scan = async (index: number, onLine: (line: NumberedLine) => boolean) => {
    const place = marks[index]
    if (place !== undefined) await scanLines(readRows, place, (line) => !isWanted(line) || onLine(line))
  }
  return {
    get total() {
      return known()
    },
    advance() {
      const next = turn.then(advance)
      turn = next.catch(() => undefined)
      return next
    },
    async before(wanted) {
      const after = marks.findIndex((it) => it.number >= wanted)
      const last = after === -1 ? marks.length - 1 : after - 1
      if (last === -1) return marks.length === 0 && openOne() !== undefined && number < wanted ? 1 : 0
      let count = last * every
      await scan(last, (line) => {
        if (line.number < wanted) count += 1
        return line.number < wanted
      })
      return count
    },
    async read(from, wanted) {
      const count = Math.min(wanted, known() - from)
      if (count <= 0) return []
      if (every === 1) {
        const open = from + count > found ? openOne() : undefined
        const places = marks.slice(from, from + count)
        return readScattered(readRows, open === undefined ? places : [...places, { start: open.start, number }])
      }
      const lines: NumberedLine[] = []
      const mark = Math.min(Math.floor(from / every), marks.length - 1)
      let skip = from - mark * every
      await scan(mark, (line) => {
        if (skip > 0) skip -= 1
        else lines.push(line)
        return lines.length < count
      })
      return lines
    },
  }
}

interface MarkedLine {
  readonly start: LineStart
  readonly number: number
}

const ROWS_AT_ONCE = 16
// Only the beginning of a very long line is returned.
const MOST_CHARACTERS = 1024 * 1024

/** Lines in ascending order; rows that contain several of them are read once. */
async function readScattered(readRows: ReadRows, places: readonly MarkedLine[]): Promise<readonly NumberedLine[]> {
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
