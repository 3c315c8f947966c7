import type { DumpFacts } from '../set/dump-facts.ts'

/** At most this many differences are listed. */
const LISTED = 5

type Compared = Pick<DumpFacts, 'rows' | 'created' | 'schema'>

/** How what was found differs from what was dumped, as the rest of sentences that begin with the name of the object. Empty: in nothing that both have. */
export function contentDifferences(expected: Compared, found: Compared): readonly string[] {
  const rows = countDifferences(expected.rows, found.rows, (table, wanted, count) => rowsText(table, wanted, count))
  const created = countDifferences(expected.created, found.created, (what, wanted, count) => `has ${count ?? 0} × ${what}, expected ${wanted ?? 0}`)
  const isOther = expected.schema !== undefined && found.schema !== undefined && expected.schema !== found.schema
  return [...rows, ...created, ...(isOther && created.length === 0 ? ['has other definitions than when it was dumped'] : [])]
}

/** How the bytes of a dump differ from those that were dumped, in the most telling words; undefined if they are the same. */
export function dumpDifference(expected: DumpFacts, found: DumpFacts): string | undefined {
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return undefined
  const [first] = contentDifferences(expected, found)
  if (first !== undefined) return first
  if (found.bytes !== expected.bytes) return `has ${found.bytes} bytes of data, but ${expected.bytes} were dumped`
  return 'contains other data than was dumped: its SHA-256 without filters differs'
}

type Counts = Readonly<Record<string, number>> | undefined

function countDifferences(
  expected: Counts,
  found: Counts,
  text: (name: string, wanted: number | undefined, count: number | undefined) => string,
): readonly string[] {
  if (expected === undefined || found === undefined) return []
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].toSorted()
  const all = names.filter((name) => expected[name] !== found[name]).map((name) => text(name, expected[name], found[name]))
  return all.length > LISTED ? [...all.slice(0, LISTED), `differs in ${all.length - LISTED} more counts`] : all
}

function rowsText(table: string, wanted: number | undefined, count: number | undefined): string {
  if (count === undefined) return `lacks the table "${table}", which had ${wanted} rows`
  if (wanted === undefined) return `has a table "${table}" that was not dumped`
  return `has ${count} rows in "${table}", expected ${wanted}`
}
