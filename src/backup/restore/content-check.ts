import { type BlockCounter, countBlocks } from '../../lib/count-blocks.ts'
import { type StreamEdges, watchEdges } from '../../process/archive/stream-edges.ts'
import { tarFault } from '../../process/archive/tar-fault.ts'
import type { StoredRecord } from './restore-jobs.ts'

/** Inspects the output of an object's source as a stream. */
export interface ContentCheck {
  see(chunk: Buffer): void
  /** Called at the end: a mismatch, as the rest of a sentence that begins with the name. `members`: of an archive, as listed by tar. */
  fault(members?: number): string | undefined
}

/** The beginning and end of a dump. */
interface Marks {
  readonly what: string
  readonly begin: RegExp
  readonly end?: RegExp
}

// As written by the programs: pg_dump.c and pg_dumpall.c; mariadb-dump and mysqldump; slapcat(8); sqlite.org/fileformat.html.
const MARKS: ReadonlyMap<string, Marks> = new Map(
  Object.entries({
    postgresql: {
      what: 'a PostgreSQL dump',
      begin: /^--\n-- PostgreSQL database (?:cluster )?dump\n/u,
      end: /-- PostgreSQL database (?:cluster )?dump complete\n--\s*(?:\\unrestrict \w+\n\s*)?$/u,
    },
    mariadb: {
      what: 'a MariaDB dump',
      begin: /^(?:\/\*M?!999999\\- [^\n]*\n)?-- (?:MariaDB|MySQL) dump /u,
      end: /-- Dump completed(?: on [-0-9]+ +[0-9:]+)?\s*$/u,
    },
    ldap: { what: 'the output of slapcat', begin: /^(?:version: 1\n+)?dn:/u, end: /\n\n$/u },
    sqlite: { what: 'an SQLite database', begin: /^SQLite format 3\0/u },
  } as const satisfies Record<string, Marks>),
)

/** The inspection for an object; undefined if there are no expectations. */
export function contentCheck({ kind, source, facts }: StoredRecord): ContentCheck | undefined {
  const marks = kind === undefined ? undefined : MARKS.get(kind)
  if (source !== 'tar' && marks === undefined) return undefined
  const edges = watchEdges()
  const entries = facts?.['entries']
  const blocks = kind === 'ldap' && entries !== undefined ? countBlocks() : undefined
  return {
    see(chunk) {
      edges.see(chunk)
      blocks?.see(chunk)
    },
    fault: (members = 0) =>
      source === 'tar'
        ? tarFault(edges, { members, entries: typeof entries === 'number' ? entries : undefined })
        : marks && (dumpFault(edges, marks, kind) ?? countFault(blocks, entries)),
  }
}

function dumpFault({ bytes, head, tail }: StreamEdges, { what, begin, end }: Marks, kind: string | undefined): string | undefined {
  if (bytes === 0) return `is empty, expected ${what}`
  if (!begin.test(head.toString('latin1'))) return `does not begin like ${what}`
  if (end?.test(tail.toString('latin1')) === false) return `is truncated: it does not end like ${what}`
  const wanted = kind === 'sqlite' ? sqliteBytes(head) : undefined
  return wanted !== undefined && wanted !== bytes ? `has ${bytes} bytes, expected ${wanted} (by its header)` : undefined
}

function countFault(blocks: BlockCounter | undefined, entries: string | number | undefined): string | undefined {
  if (blocks === undefined || typeof entries !== 'number' || blocks.count === entries) return undefined
  return `has ${blocks.count} entries, expected ${entries}`
}

/**
 * The size of a database by its header: the page size, where 1 means 65536, times the number of pages. Undefined if an old program did not record the
 * number.
 */
function sqliteBytes(head: Buffer): number | undefined {
  if (head.length < 100) return 0
  if (head.readUInt32BE(24) !== head.readUInt32BE(92)) return undefined
  const pageBytes = head.readUInt16BE(16)
  return (pageBytes === 1 ? 65_536 : pageBytes) * head.readUInt32BE(28)
}
