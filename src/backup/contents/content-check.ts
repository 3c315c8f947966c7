import { type BlockCounter, countBlocks } from '../../lib/count-blocks.ts'
import { tarFault } from '../../process/archive/incomplete-tar.ts'
import { type StreamEdges, watchEdges } from '../../process/archive/stream-edges.ts'
import { dumpDifference } from '../facts/dump-difference.ts'
import { watchBytes, watchDump } from '../facts/watch-dump.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import { compareMembers } from './compare-members.ts'

/**
 * The kind of the contents of an object. `fault`: the rest of a sentence that begins with the name. `empty`: no data, of a source that may write none.
 * `unknown`: no known format, so nothing was checked. `sampled`: the number of files of an archive whose contents were compared with those in the source.
 */
export type ContentFinding =
  | { readonly kind: 'good'; readonly sampled?: number }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown' }

/** Inspects the output of an object's source as a stream. */
export interface ContentCheck {
  see(chunk: Buffer): void
  /** Called at the end. `members`: of an archive, as listed by tar. */
  finding(members?: number): ContentFinding
}

/** The beginning and end of a dump. */
interface Marks {
  /** As the kind of an object; absent if no object has it. */
  readonly kind?: string
  readonly what: string
  readonly begin: RegExp
  readonly end?: RegExp
}

const SQLITE: Marks = { what: 'an SQLite database', begin: /^SQLite format 3\0/u }

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
    sqlite: SQLITE,
  } as const satisfies Record<string, Marks>),
)

// Without a recorded kind, the beginning decides. A command may add lines before or after the output of such a program, and not each LDIF file ends with an
// empty line.
const BY_HEAD: readonly Marks[] = [
  {
    kind: 'postgresql',
    what: 'a PostgreSQL dump',
    begin: /^-- PostgreSQL database (?:cluster )?dump\s*$/mu,
    end: /^-- PostgreSQL database (?:cluster )?dump complete\s*$/mu,
  },
  { kind: 'mariadb', what: 'a MariaDB dump', begin: /^-- (?:MariaDB|MySQL) dump /mu, end: /^-- Dump completed\b/mu },
  { what: 'a dump of SQLite', begin: /^PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n/u, end: /^COMMIT;\s*$/mu },
  { kind: 'ldap', what: 'an LDIF file', begin: /^(?:version: 1\n+)?dn:/u, end: /\n$/u },
  { what: SQLITE.what, begin: SQLITE.begin },
]
/** The position of the magic number in the first block of a tar archive. */
const USTAR_AT = 257

/** The kind of dump with this beginning; undefined for anything else. */
export function dumpKindOf(head: Buffer): string | undefined {
  const text = head.toString('latin1')
  return BY_HEAD.find(({ kind, begin }) => kind !== undefined && begin.test(text))?.kind
}

/** The inspection for an object: by its kind; if that is not recorded or has no known format, by what its contents begin with. */
export function contentCheck({ kind, source, facts, coverage, dump }: StoredRecord): ContentCheck {
  const marks = kind === undefined ? undefined : MARKS.get(kind)
  const edges = watchEdges()
  const entries = facts?.['entries']
  const watch = dump && (watchDump(kind, { hasTables: dump.tableDigests !== undefined }) ?? watchBytes())
  const difference = () => dump && watch && dumpDifference(dump, watch.end())
  const list = source === 'tar' && coverage !== undefined ? compareMembers(coverage) : undefined
  const blocks = kind === 'ldap' && entries !== undefined ? countBlocks() : undefined
  return {
    see(chunk) {
      edges.see(chunk)
      blocks?.see(chunk)
      list?.see(chunk)
      watch?.see(chunk)
    },
    finding(members = 0) {
      const counts = { members, entries: typeof entries === 'number' ? entries : undefined }
      if (source === 'tar') {
        const found = findingOf(tarFault(edges, counts) ?? list?.fault() ?? difference())
        const sampled = list?.sampled() ?? 0
        return found.kind === 'good' && sampled > 0 ? { ...found, sampled } : found
      }
      if (marks !== undefined) return findingOf(dumpFault(edges, marks) ?? countFault(blocks, entries) ?? difference())
      return findByHead(edges)
    },
  }
}

function findingOf(fault: string | undefined): ContentFinding {
  return fault === undefined ? { kind: 'good' } : { kind: 'fault', fault }
}

function findByHead(edges: StreamEdges): ContentFinding {
  const { bytes, head } = edges
  if (bytes === 0) return { kind: 'empty' }
  // The block with the magic number is that of the first member.
  if (head.toString('latin1', USTAR_AT, USTAR_AT + 5) === 'ustar') return findingOf(tarFault(edges, { members: 1 }))
  const text = head.toString('latin1')
  const marks = BY_HEAD.find(({ begin }) => begin.test(text))
  return marks === undefined ? { kind: 'unknown' } : findingOf(dumpFault(edges, marks))
}

function dumpFault({ bytes, head, tail }: StreamEdges, { what, begin, end }: Marks): string | undefined {
  if (bytes === 0) return `is empty, expected ${what}`
  if (!begin.test(head.toString('latin1'))) return `does not begin like ${what}`
  if (end?.test(tail.toString('latin1')) === false) return `is truncated: it does not end like ${what}`
  const wanted = begin === SQLITE.begin ? sqliteBytes(head) : undefined
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
