/** What a source wrote, as counted while it was dumped, before any filter: what a restore must bring back. */
export interface DumpFacts {
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** SHA-256 of the statements that define the structure, in any order; equal for a dump of the restored database. */
  readonly schema?: string
  /** Number of statements by what they create: `table`, `index`, `constraint`, … */
  readonly created?: Readonly<Record<string, number>>
  /** Number of rows by table. Absent if there are too many tables. */
  readonly rows?: Readonly<Record<string, number>>
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
  const { bytes, sha256, schema, created, rows } = value
  return isCount(bytes) && isDigest(sha256) && (schema === undefined || isDigest(schema)) && areCounts(created) && areCounts(rows)
}

/** The facts without unknown keys, in the order of `docs/format/manifest.md`. */
export function orderedDumpFacts({ bytes, sha256, schema, created, rows }: DumpFacts): DumpFacts {
  return {
    bytes,
    sha256,
    ...(schema !== undefined && { schema }),
    ...(created !== undefined && { created: ordered(created) }),
    ...(rows !== undefined && { rows: ordered(rows) }),
  }
}

function ordered(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function areCounts(value: unknown): boolean {
  if (value === undefined) return true
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  return entries.length <= DUMP_LIMITS.tables && entries.every(([name, count]) => Buffer.byteLength(name) <= DUMP_LIMITS.nameBytes && isCount(count))
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
