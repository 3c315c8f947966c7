import { hash } from 'node:crypto'
import { connectedTo } from '../inspect-dump/dump-tables.ts'
import type { DumpKind } from '../inspect-dump/dump-tokens.ts'
import { pathInDump, readSqlName } from '../inspect-dump/sql-names.ts'
import { DUMP_LIMITS } from '../set/dump-facts.ts'

/** The rows of a table, in any order. */
export interface DigestedTable {
  readonly rows: number
  /** The sum of the SHA-256 digests of the rows modulo 2^256, in hexadecimal digits. */
  readonly digest: string
}

/** Digests the rows of the tables of a dump while it is read. */
export interface TableDigester {
  see(chunk: Buffer): void
  /**
   * By the name of the table, as in the rows of the facts. Only of dumps as `pg_dump` and `mariadb-dump` write them by default, with each row on a line of its
   * own: of others, the numbers of rows differ from those that are counted by the syntax, so they have to be compared. Empty if there are too many tables, or if a line is too long.
   */
  end(): ReadonlyMap<string, DigestedTable>
}

const LINE_FEED = 10
const [OPENING, CLOSING, COMMA, SEMICOLON] = [0x28, 0x29, 0x2c, 0x3b]
/** The largest row of the servers is 1 GiB; so much is not kept in memory. */
const LINE_BYTES = 64 * 1024 * 1024
const HEADER_BYTES = 64 * 1024

interface Digested {
  rows: number
  readonly sum: Uint32Array
}

export function digestTables(kind: DumpKind): TableDigester {
  const tables = new Map<string, Digested>()
  const syntax = kind === 'mariadb' ? mariadbSyntax() : postgresqlSyntax()
  let current: Digested | undefined
  const takeLine = (line: Buffer) => {
    if (current === undefined) {
      const name = line.length <= HEADER_BYTES ? syntax.begin(line) : undefined
      if (name === undefined) return
      current = tables.get(name) ?? { rows: 0, sum: new Uint32Array(8) }
      tables.set(name, current)
      return
    }
    const { row, isLast } = syntax.row(line)
    if (row !== undefined) {
      current.rows += 1
      addDigest(current.sum, hash('sha256', row, 'buffer'))
    }
    if (isLast) current = undefined
  }
  let rest: Buffer[] = []
  let restBytes = 0
  let isTooMuch = false
  return {
    see(chunk) {
      let at = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1 && !isTooMuch; end = chunk.indexOf(LINE_FEED, at)) {
        const piece = chunk.subarray(at, end)
        takeLine(rest.length === 0 ? piece : Buffer.concat([...rest, piece]))
        rest = []
        restBytes = 0
        at = end + 1
      }
      // A copy: the chunk belongs to the stream.
      if (at < chunk.length) rest.push(Buffer.from(chunk.subarray(at)))
      restBytes += chunk.length - at
      isTooMuch ||= restBytes > LINE_BYTES || tables.size > DUMP_LIMITS.tables
      if (isTooMuch) rest = []
    },
    end: () => (isTooMuch ? new Map() : new Map([...tables].map(([name, { rows, sum }]) => [name, { rows, digest: hexOf(sum) }]))),
  }
}

interface RowSyntax {
  /** The table whose rows follow this line; undefined if it is any other line. */
  begin(line: Buffer): string | undefined
  /** The row in a line after that. */
  row(line: Buffer): { readonly row?: Buffer; readonly isLast: boolean }
}

const COPY = /^COPY (?<rest>.*) FROM stdin;$/su
// Its tables are named with their database.
const CLUSTER = '-- PostgreSQL database cluster dump'
const END_MARK = Buffer.from('\\.')

function postgresqlSyntax(): RowSyntax {
  let database: string | undefined
  let isCluster = false
  let isAfterBlank = false
  return {
    begin(line) {
      const text = line.toString('latin1')
      // The text of a function may have such a line, too, but hardly after a blank one.
      const parts = isAfterBlank ? readSqlName(COPY.exec(text)?.groups?.['rest'] ?? '')?.parts : undefined
      isAfterBlank = line.length === 0
      isCluster ||= text === CLUSTER
      if (isCluster && text.startsWith('\\c')) database = connectedTo(text) ?? database
      return parts && pathInDump(parts, { isMariadb: false, database })
    },
    row: (line) => (line.equals(END_MARK) ? { isLast: true } : { row: line, isLast: false }),
  }
}

const INSERT = /^INSERT INTO (?<rest>`.*) VALUES$/su
const USE = /^USE (?<rest>`.*);$/su

function mariadbSyntax(): RowSyntax {
  let database: string | undefined
  return {
    begin(line) {
      const text = line.toString('latin1')
      const used = readSqlName(USE.exec(text)?.groups?.['rest'] ?? '')?.parts
      if (used !== undefined) database = used[0]
      const parts = readSqlName(INSERT.exec(text)?.groups?.['rest'] ?? '')?.parts
      return parts && pathInDump(parts, { isMariadb: true, database })
    },
    row(line) {
      const end = line.at(-1)
      const isRow = line[0] === OPENING && line.at(-2) === CLOSING && (end === COMMA || end === SEMICOLON)
      return { ...(isRow && { row: line.subarray(0, -1) }), isLast: !isRow || end === SEMICOLON }
    },
  }
}

/** Adds a digest to the sum, both as eight words, the first one the most significant. */
function addDigest(sum: Uint32Array, digest: Buffer): void {
  let carry = 0
  for (let word = 7; word >= 0; word--) {
    const value = (sum[word] ?? 0) + digest.readUInt32BE(word * 4) + carry
    sum[word] = value
    carry = value > 0xffff_ffff ? 1 : 0
  }
}

function hexOf(sum: Uint32Array): string {
  return [...sum].map((word) => word.toString(16).padStart(8, '0')).join('')
}
