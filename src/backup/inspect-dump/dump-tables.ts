import { readStatements, type StatementReader } from './dump-statements.ts'
import type { DumpKind, Statement } from './dump-tokens.ts'
import { pathInDump, pathPart, readSqlName } from './sql-names.ts'

/** A table or a database of a plain SQL dump. */
export interface DumpTable {
  /** `DATABASE/TABLE`, `SCHEMA.TABLE` or `TABLE`, with `/` and `%` in names as in a URL. */
  readonly path: string
  readonly kind: 'table' | 'database'
  /** Absent if the dump has no rows for it, such as for a partitioned table. */
  readonly rows?: number
}

/** Finds the tables of a dump while it is read. */
export interface TableReader extends StatementReader {
  /** After the end: in the order of the dump. */
  tables(): readonly DumpTable[]
  /** Whether there were more tables than are kept. */
  readonly areTooMany: boolean
}

export interface TableReading {
  /** Whether it is a dump of all databases of a PostgreSQL server. */
  readonly isCluster: boolean
  /** Receives each statement, with the database that it refers to. */
  readonly onStatement?: (statement: Statement, database: string | undefined) => void
}

/** More tables are not kept in memory. */
export const MOST_TABLES = 250_000

interface Tables {
  readonly isMariadb: boolean
  readonly found: Map<string, DumpTable>
  /** The database that statements refer to; undefined if the dump does not select one. */
  database: string | undefined
  /** The table of the last rows. */
  current: string | undefined
  areTooMany: boolean
}

/**
 * The tables of a plain SQL dump with their numbers of rows, counted in the dump itself, and its databases. A dump of a single PostgreSQL database selects
 * that database itself (`--create`): its tables are named without it.
 */
export function readTables(server: DumpKind, { isCluster, onStatement }: TableReading): TableReader {
  const isMariadb = server === 'mariadb'
  const tables: Tables = { isMariadb, found: new Map(), database: undefined, current: undefined, areTooMany: false }
  const reader = readStatements(server, {
    onStatement: (statement) => {
      takeStatement(tables, statement.text)
      onStatement?.(statement, tables.database)
    },
    onCommand: (line) => {
      if (isCluster) tables.database = connectedTo(line) ?? tables.database
    },
    onRows: (rows) => addRows(tables, rows),
  })
  return {
    ...reader,
    tables: () => [...tables.found.values()],
    get areTooMany() {
      return tables.areTooMany
    },
  }
}

const TABLE = /^CREATE\s+(?:(?:UNLOGGED|FOREIGN|GLOBAL|LOCAL)\s+)*TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?/iu
const DROPPED = /^DROP\s+(?:FOREIGN\s+)?TABLE\s+(?:IF\s+EXISTS\s+)?/iu
const COPIED = /^COPY\s+/iu
const INSERTED = /^(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+/iu
const DATABASE = /^CREATE\s+DATABASE\s+(?:IF\s+NOT\s+EXISTS\s+)?/iu
const USED = /^USE\s+/iu

function takeStatement(tables: Tables, text: string): void {
  tables.current = undefined
  const named = (start: RegExp) => {
    const found = start.exec(text)
    return found === null ? undefined : readSqlName(text.slice(found[0].length))?.parts
  }
  const filled = named(COPIED) ?? named(INSERTED)
  const table = filled ?? named(TABLE)
  if (table !== undefined) {
    const path = pathInDump(table, tables)
    add(tables, { path, kind: 'table' })
    if (filled !== undefined) tables.current = path
    // A COPY without rows is explicit; an empty table without one is not known to be empty.
    if (named(COPIED) !== undefined) addRows(tables, 0)
    return
  }
  const dropped = named(DROPPED)
  if (dropped !== undefined) tables.found.delete(pathInDump(dropped, tables))
  const [database] = named(DATABASE) ?? []
  if (database !== undefined) add(tables, { path: pathPart(database), kind: 'database' })
  const [used] = tables.isMariadb ? (named(USED) ?? []) : []
  if (used === undefined) return
  tables.database = used
  add(tables, { path: pathPart(used), kind: 'database' })
}

function add(tables: Tables, entry: DumpTable): void {
  const { found } = tables
  if (found.has(entry.path)) return
  if (found.size < MOST_TABLES) found.set(entry.path, entry)
  else tables.areTooMany = true
}

function addRows({ found, current }: Tables, rows: number): void {
  const entry = current === undefined ? undefined : found.get(current)
  if (entry !== undefined && current !== undefined) found.set(current, { ...entry, rows: (entry.rows ?? 0) + rows })
}

/** The database of psql's `\connect`: a name, or a connection string with `dbname=`. */
export function connectedTo(line: string): string | undefined {
  const name = /^\\c(?:onnect)?\s+(?:-reuse-previous=\w+\s+)?(?<name>\S.*?)\s*$/u.exec(line)?.groups?.['name']
  if (name === undefined) return undefined
  const [plain] = readSqlName(name)?.parts ?? []
  const quoted = /^dbname='(?<it>(?:[^'\\]|\\.)*)'$/u.exec(plain ?? '')?.groups?.['it']
  return quoted === undefined ? plain : quoted.replaceAll(/\\(.)/gu, '$1')
}
