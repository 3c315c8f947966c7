import { quoted } from '../../lib/quoted.ts'
import type { DumpFacts } from '../set/dump-facts.ts'

// In a database with fewer rows among others, a loss of all of them is common, such as in a queue.
const FEW_ROWS = 100
const ROWS = 1 / 4

/**
 * What a dump has lost since the last set: all rows or tables of the object, or nearly all rows; or one of its databases, or all rows of one. `isCounted`: the
 * number of all rows is compared with a longer history instead.
 */
export function dumpLosses(now: DumpFacts | undefined, last: DumpFacts | undefined, isCounted = false): readonly string[] {
  if (now?.rows === undefined || last?.rows === undefined) return []
  const [tables, tablesBefore] = [tablesOf(now), tablesOf(last)]
  if (tables === 0 && tablesBefore > 0) return [inWords('number of tables', 0, tablesBefore)]
  const [rows, rowsBefore] = [sum(Object.values(now.rows)), sum(Object.values(last.rows))]
  const isFarLess = !isCounted && rowsBefore >= FEW_ROWS && rows < rowsBefore * ROWS
  if ((rows === 0 && rowsBefore > 0) || isFarLess) return [inWords('number of rows', rows, rowsBefore)]
  if (now.encodings === undefined) return []
  const byDatabase = rowsByDatabase(now)
  return [...rowsByDatabase(last)].flatMap(([database, before]) => {
    const left = byDatabase.get(database)
    if (left === undefined) return [`the database ${quoted(database)}, which the last set contains, is missing`]
    return left === 0 && before >= FEW_ROWS ? [inWords(`rows of the database ${quoted(database)}`, 0, before)] : []
  })
}

function inWords(what: string, now: number, last: number): string {
  return `${what}: ${now}, ${last} in the last set`
}

function tablesOf({ created, rows = {} }: DumpFacts): number {
  return created === undefined ? Object.keys(rows).length : (created['table'] ?? 0)
}

/** Of dumps of several databases, whose tables are named by `database/table`. */
function rowsByDatabase({ rows = {}, encodings = {} }: DumpFacts): ReadonlyMap<string, number> {
  return new Map(
    Object.keys(encodings).map((database) => [
      database,
      sum(Object.entries(rows).flatMap(([table, count]) => (table.startsWith(`${database}/`) ? [count] : []))),
    ]),
  )
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}
