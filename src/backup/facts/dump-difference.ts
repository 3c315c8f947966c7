import { firstTexts, printable } from '../../lib/format.ts'
import type { DumpFacts, LargeObjects } from '../set/dump-facts.ts'

/** At most this many differences are listed. */
const LISTED = 5

type Compared = Omit<DumpFacts, 'bytes' | 'sha256'>

/** Differences between the found and the dumped data, as the rest of sentences that begin with the name of the object. Empty: in nothing that both have. */
export function contentDifferences(expected: Compared, found: Compared): readonly string[] {
  const rows = countDifferences(expected.rows, found.rows, (table, wanted, count) => rowsText(table, wanted, count))
  const created = countDifferences(expected.created, found.created, (what, wanted, count) => `has ${count ?? 0} × ${what}, expected ${wanted ?? 0}`)
  const isOther = expected.schema !== undefined && found.schema !== undefined && expected.schema !== found.schema
  return [
    ...rows,
    ...otherRows(expected, found),
    ...created,
    ...(isOther && created.length === 0 ? ['has other definitions than when it was dumped'] : []),
    ...valueDifferences(expected, found),
  ]
}

/** How the bytes of a dump differ from those that were dumped, in the most telling words; undefined if they are the same. */
export function dumpDifference(expected: DumpFacts, found: DumpFacts): string | undefined {
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return undefined
  const [first] = contentDifferences(expected, found)
  if (first !== undefined) return first
  if (found.bytes !== expected.bytes) return `has ${found.bytes} bytes of data, but ${expected.bytes} were dumped`
  return 'contains other data than was dumped: its SHA-256 without filters differs'
}

/** Of tables with the same number of rows, whose digests are known. */
function otherRows(expected: Compared, found: Compared): readonly string[] {
  const { tableDigests: wanted = {} } = expected
  const { tableDigests: digests = {} } = found
  const isOther = (table: string) =>
    digests[table] !== undefined && digests[table] !== wanted[table] && expected.rows?.[table] === found.rows?.[table]
  const names = Object.keys(wanted).filter(isOther)
  return names.length === 0 ? [] : [`has other values in ${firstTexts(names.map((it) => `"${printable(it)}"`))}`]
}

/** Of sequences, large objects and encodings, which are absent if there are none. */
function valueDifferences(expected: Compared, found: Compared): readonly string[] {
  // What was found could not be read.
  if (found.created === undefined) return []
  const sequences = countDifferences(expected.sequences, found.sequences ?? {}, (name, wanted, value) =>
    valueText(`the sequence "${name}"`, wanted, value),
  )
  const encodings = countDifferences(expected.encodings, found.encodings ?? {}, (name, wanted, value) =>
    valueText(`the encoding of the database "${name}"`, wanted, value),
  )
  return [...sequences, ...encodings, ...objectDifferences(expected.largeObjects, found.largeObjects)]
}

function objectDifferences(wanted: LargeObjects | undefined, found: LargeObjects | undefined): readonly string[] {
  if (wanted === undefined || wanted.digest === found?.digest) return []
  const text = ({ count, bytes }: Pick<LargeObjects, 'count' | 'bytes'>) => `${count} large objects with ${bytes} bytes`
  if (wanted.count === found?.count && wanted.bytes === found.bytes) return ['has large objects with other contents']
  return [`has ${text(found ?? { count: 0, bytes: 0 })}, expected ${text(wanted)}`]
}

function valueText(what: string, wanted: string | undefined, found: string | undefined): string {
  return `has ${found === undefined ? 'no value' : `the value "${found}"`} of ${what}, expected ${wanted === undefined ? 'none' : `"${wanted}"`}`
}

type ByName<T> = Readonly<Record<string, T>> | undefined

function countDifferences<T>(
  expected: ByName<T>,
  found: ByName<T>,
  text: (name: string, wanted: T | undefined, count: T | undefined) => string,
): readonly string[] {
  if (expected === undefined || found === undefined) return []
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].toSorted()
  const all = names.filter((name) => expected[name] !== found[name]).map((name) => text(name, expected[name], found[name]))
  return all.length > LISTED ? [...all.slice(0, LISTED), `differs in ${all.length - LISTED} more of them`] : all
}

function rowsText(table: string, wanted: number | undefined, count: number | undefined): string {
  if (count === undefined) return `lacks the table "${table}", which had ${wanted} rows`
  if (wanted === undefined) return `has a table "${table}" that was not dumped`
  return `has ${count} rows in "${table}", expected ${wanted}`
}
