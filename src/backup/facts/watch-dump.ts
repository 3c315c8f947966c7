import { createHash } from 'node:crypto'
import { type DumpTable, readTables, type TableReader } from '../inspect-dump/dump-tables.ts'
import type { DumpKind, Statement } from '../inspect-dump/dump-tokens.ts'
import { DUMP_LIMITS, type DumpFacts } from '../set/dump-facts.ts'
import { compactRows } from './compact-rows.ts'
import { type DigestedTable, digestTables } from './digest-tables.ts'
import { watchSchema } from './watch-schema.ts'
import { watchValues } from './watch-values.ts'

/** Counts the contents of a dump while it is read. */
export interface DumpWatch {
  see(chunk: Buffer): void
  /** Only the size and the digest if its statements could not be read. */
  end(): DumpFacts
  /** Why its statements could not be read. */
  readonly failure?: () => unknown
  /** Whether it contains the databases of a MariaDB server itself, with its accounts. */
  readonly hasSystem?: () => boolean
}

const HEAD_BYTES = 1024

export interface Watched {
  /** Default: true. Otherwise, the `sha256` is empty. */
  readonly isDigested?: boolean
  /** Whether the rows of each table are digested, too. Default: false. */
  readonly hasTables?: boolean
}

/** The facts of a dump of this kind; undefined for kinds whose output is not observed. */
export function watchDump(kind: string | undefined, { isDigested = true, hasTables = false }: Watched = {}): DumpWatch | undefined {
  if (kind === 'ldap') return watchBytes(isDigested)
  return kind === 'postgresql' || kind === 'mariadb' ? watchSql(kind, watchBytes(isDigested), hasTables) : undefined
}

/** The size and the digest only. */
export function watchBytes(isDigested = true): DumpWatch {
  const hash = isDigested ? createHash('sha256') : undefined
  let bytes = 0
  return {
    see(chunk) {
      hash?.update(chunk)
      bytes += chunk.length
    },
    end: () => ({ bytes, sha256: hash?.digest('hex') ?? '' }),
  }
}

function watchSql(kind: DumpKind, whole: DumpWatch, hasTables: boolean): DumpWatch {
  const schema = watchSchema()
  const values = watchValues()
  let reader: TableReader | undefined
  const digester = hasTables ? digestTables(kind) : undefined
  let head = Buffer.alloc(0)
  let hasSystem = false
  const begin = () => {
    const onStatement = (statement: Statement, database: string | undefined) => {
      if (kind === 'mariadb' && database === 'mysql') hasSystem = true
      schema.see(statement, database)
      values.see(statement, database)
    }
    const started = readTables(kind, { isCluster: head.includes('-- PostgreSQL database cluster dump'), onStatement })
    reader = started
    started.see(head)
    return started
  }
  const read = (chunk: Buffer) => {
    if (reader !== undefined) {
      reader.see(chunk)
      return
    }
    head = Buffer.concat([head, chunk])
    if (head.length >= HEAD_BYTES) begin()
  }
  const compact = kind === 'mariadb' ? compactRows(read) : undefined
  const finish = (): Omit<DumpFacts, 'bytes' | 'sha256'> => {
    compact?.end()
    const found = reader ?? begin()
    found.end()
    const rows = found.areTooMany ? undefined : rowsOf(kind, found.tables())
    const digests = rows && digester && digestsOf(rows, digester.end())
    return { ...schema.end(), ...(rows && { rows }), ...(digests && { tableDigests: digests }), ...values.end() }
  }
  let failure: { readonly error: unknown } | undefined
  // The dump is more important than its facts: a fault here must not fail it.
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return failure === undefined ? work() : undefined
    } catch (error) {
      failure = { error }
      reader = undefined
      return undefined
    }
  }
  return {
    see(chunk) {
      whole.see(chunk)
      guarded(() => digester?.see(chunk))
      guarded(() => (compact === undefined ? read(chunk) : compact.see(chunk)))
    },
    end: () => ({ ...whole.end(), ...guarded(finish) }),
    hasSystem: () => hasSystem,
    failure: () => failure?.error,
  }
}

/** Undefined if there are too many tables for a manifest, or a name is too long. */
function rowsOf(kind: DumpKind, tables: readonly DumpTable[]): Readonly<Record<string, number>> | undefined {
  // An empty table has no INSERT.
  const rowsIn = ({ rows }: DumpTable) => rows ?? (kind === 'mariadb' ? 0 : undefined)
  const found = tables.flatMap((table) => {
    const rows = table.kind === 'table' ? rowsIn(table) : undefined
    return rows === undefined ? [] : [[table.path, rows] as const]
  })
  const areKept = found.length <= DUMP_LIMITS.tables && found.every(([path]) => Buffer.byteLength(path) <= DUMP_LIMITS.nameBytes)
  return areKept ? Object.fromEntries(found) : undefined
}

/** Of tables with rows, if all of their rows were digested. */
function digestsOf(rows: Readonly<Record<string, number>>, tables: ReadonlyMap<string, DigestedTable>): Readonly<Record<string, string>> {
  return Object.fromEntries([...tables].flatMap(([table, found]) => (found.rows > 0 && rows[table] === found.rows ? [[table, found.digest]] : [])))
}
