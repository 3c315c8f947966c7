/** The facts of the data of a source, as counted while it was dumped, before any filter: a restore must return the same. */
export interface DumpFacts {
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** SHA-256 of the statements that define the structure, in any order; equal for a dump of the restored database. */
  readonly schema?: string
  /** Number of statements by the kind of object that they create: `table`, `index`, `constraint`, … */
  readonly created?: Readonly<Record<string, number>>
  /** Number of rows by table. Absent if there are too many tables. */
  readonly rows?: Readonly<Record<string, number>>
  /** The sum of the SHA-256 digests of the rows, in hexadecimal digits, by table with rows. Absent: not recorded. */
  readonly tableDigests?: Texts
  /** The last value of each sequence of PostgreSQL, followed by ` unused` if it was not used yet. Absent if there are none, or too many. */
  readonly sequences?: Texts
  /** Those of PostgreSQL with contents. Absent if there are none. */
  readonly largeObjects?: LargeObjects
  /** The encoding of each database that the dump creates; of MariaDB with the collation. Absent if there are none, or too many. */
  readonly encodings?: Texts
}

type Texts = Readonly<Record<string, string>>

export interface LargeObjects {
  readonly count: number
  readonly bytes: number
  /** The sum of the SHA-256 digests of all of them, in hexadecimal digits. */
  readonly digest: string
}

export const DUMP_LIMITS = {
  /** Tables whose rows are recorded. */
  tables: 10_000,
  /** Bytes of the name of a table. */
  nameBytes: 1024,
} as const

/** Whether an untrusted value is valid. Unknown keys are ignored. */
export function areDumpFacts(value: unknown): value is DumpFacts {
  if (!isRecord(value)) return false
  const { bytes, sha256, schema, created, rows, tableDigests, sequences, largeObjects, encodings } = value
  return (
    isCount(bytes) &&
    isDigest(sha256) &&
    (schema === undefined || isDigest(schema)) &&
    [created, rows].every((it) => isByName(it, isCount)) &&
    isByName(tableDigests, isDigest) &&
    [sequences, encodings].every((it) => isByName(it, isText)) &&
    (largeObjects === undefined || areLargeObjects(largeObjects))
  )
}

/** The facts without unknown keys, in the order of `docs/format/manifest.md`. */
export function orderedDumpFacts(facts: DumpFacts): DumpFacts {
  const { bytes, sha256, schema, created, rows, tableDigests, sequences, largeObjects: objects, encodings } = facts
  return {
    bytes,
    sha256,
    ...(schema !== undefined && { schema }),
    ...(created !== undefined && { created: ordered(created) }),
    ...(rows !== undefined && { rows: ordered(rows) }),
    ...(tableDigests !== undefined && { tableDigests: ordered(tableDigests) }),
    ...(sequences !== undefined && { sequences: ordered(sequences) }),
    ...(objects !== undefined && { largeObjects: { count: objects.count, bytes: objects.bytes, digest: objects.digest } }),
    ...(encodings !== undefined && { encodings: ordered(encodings) }),
  }
}

function ordered<T>(counts: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function isByName(value: unknown, isValid: (it: unknown) => boolean): boolean {
  if (value === undefined) return true
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  return entries.length <= DUMP_LIMITS.tables && entries.every(([name, it]) => isText(name) && isValid(it))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && Buffer.byteLength(value) <= DUMP_LIMITS.nameBytes
}

function areLargeObjects(value: unknown): boolean {
  return isRecord(value) && isCount(value['count']) && isCount(value['bytes']) && isDigest(value['digest'])
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
