import type { Journal } from '../../../journal/journal.ts'
import { type FilteredRun, filterRun, type LineFilter } from './filter-run.ts'
import { indexRun, type NumberedLine, type ReadRows, type RunIndex } from './index-run.ts'
import { type RunLine, splitRows } from './split-rows.ts'

export interface LinePage {
  readonly lines: readonly NumberedLine[]
  /** The number of the lines that are known so far, with the filter. */
  readonly total: number
  /** The position of the first of these lines. */
  readonly from: number
  readonly isComplete: boolean
}

export interface LineRange extends LineFilter {
  /** Negative: counted from the end. */
  readonly from: number
  readonly count: number
}

/** The logs of runs as lines. Logs are read in parts: of a log of any length, only positions are kept in memory. All reject with `journal/no-run`. */
export interface RunLines {
  /** Without a filter, a range at the beginning is returned before the rest of the log is read. */
  read(run: string, range: LineRange): Promise<LinePage>
  /** The number of the lines recorded so far. */
  length(run: string): Promise<number>
  /** The lines that contain a text, from a line on. */
  search(run: string, wanted: { readonly q: string; readonly from: number; readonly limit: number }): Promise<FoundLines>
  /** All lines, in parts. */
  all(run: string): AsyncGenerator<readonly RunLine[]>
}

export interface FoundLines {
  readonly lines: readonly NumberedLine[]
  readonly total: number
  readonly next: number | undefined
}

const MAX_LOGS = 4
const MAX_FILTERS = 4
const IDLE_MS = 120_000
const ROWS_AT_ONCE = 32
// Characters of one line.
const MAX_DOWNLOADED = 64 * 1024 * 1024

export function openRunLines(journal: Pick<Journal, 'logRows'>): RunLines {
  const indexes = cache<RunIndex>(MAX_LOGS)
  const filters = cache<FilteredRun>(MAX_FILTERS)
  const rowsOf =
    (run: string): ReadRows =>
    (from, limit) =>
      journal.logRows(run, { from, limit })
  const indexOf = (run: string) => indexes(run, () => indexRun(rowsOf(run)))
  const filteredOf = async (run: string, filter: LineFilter) => {
    const filtered = filters(JSON.stringify([run, filter.level, filter.q?.toLowerCase()]), () => filterRun(rowsOf(run), filter))
    await filtered.advance()
    return filtered
  }
  const readAll = async (run: string, { from, count }: LineRange): Promise<LinePage> => {
    const index = indexOf(run)
    await (from < 0 ? index.toEnd() : index.until(from + count))
    // The rest is read meanwhile; an error is reported by the next request.
    index.toEnd().catch(() => undefined)
    const start = from < 0 ? Math.max(0, index.count + from) : from
    const lines = await index.read(start, count)
    return { lines, total: index.count, from: start, isComplete: index.isComplete }
  }
  return {
    async read(run, range) {
      const { from, count, level, q } = range
      if (level === undefined && q === undefined) return readAll(run, range)
      const filtered = await filteredOf(run, { level, q })
      const { total } = filtered
      const start = from < 0 ? Math.max(0, total + from) : from
      return { lines: await filtered.read(start, count), total, from: start, isComplete: true }
    },
    async length(run) {
      const index = indexOf(run)
      await index.toEnd()
      return index.count
    },
    async search(run, { q, from, limit }) {
      const filtered = await filteredOf(run, { q })
      const lines = await filtered.read(await filtered.before(from), limit + 1)
      return { lines: lines.slice(0, limit), total: filtered.total, next: lines[limit]?.number }
    },
    async *all(run) {
      let lines: RunLine[] = []
      const splitter = splitRows((line) => lines.push(line), MAX_DOWNLOADED)
      for (let next = 1; ; ) {
        const rows = await rowsOf(run)(next, ROWS_AT_ONCE)
        const last = rows.at(-1)
        if (last === undefined) break
        next = last.number + 1
        for (const row of rows) splitter.take(row)
        yield lines
        lines = []
      }
      if (splitter.open !== undefined) yield [splitter.open]
    },
  }
}

/** The last ones that were used, up to this number, until they have not been used for some time. */
function cache<T>(most: number): (key: string, make: () => T) => T {
  const kept = new Map<string, { readonly value: T; readonly timer: NodeJS.Timeout }>()
  const drop = (key: string) => {
    clearTimeout(kept.get(key)?.timer)
    kept.delete(key)
  }
  return (key, make) => {
    const value = (kept.get(key) ?? { value: make() }).value
    drop(key)
    kept.set(key, { value, timer: setTimeout(() => drop(key), IDLE_MS).unref() })
    const [oldest] = kept.keys()
    if (kept.size > most && oldest !== undefined) drop(oldest)
    return value
  }
}
