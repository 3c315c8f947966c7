import { createHash, type Hash } from 'node:crypto'
import type { Statement } from '../inspect-dump/dump-tokens.ts'
import { dottedName, pathPart, readSqlName } from '../inspect-dump/sql-names.ts'
import { DUMP_LIMITS, type DumpFacts } from '../set/dump-facts.ts'

/** Collects the contents of a dump other than rows and definitions. */
export interface ValueWatch {
  readonly see: (statement: Statement, database: string | undefined) => void
  /** Only those of which the dump contains any, and not too many. */
  end(): Pick<DumpFacts, 'sequences' | 'largeObjects' | 'encodings'>
}

const SETVAL =
  /^SELECT\s+pg_catalog\.setval\((?:'(?<plain>(?:[^']|'')*)'|E'(?<escaped>(?:[^'\\]|''|\\.)*)'),\s*(?<value>-?\d+),\s*(?<isUsed>true|false)\)$/su
// In the text of other statements, escaped quotes and backslashes inside of strings are left out.
const LARGE_OBJECT = /^SELECT\s+pg_catalog\.lo/u
const OPENED = /^SELECT\s+pg_catalog\.lo_open\('?(?<oid>\d+)'?,/u
const WRITTEN = /^SELECT\s+pg_catalog\.lowrite\(\d+,\s*E?'\\{1,2}x(?<hex>[0-9a-f]*)'\)$/u
const CLOSED = /^SELECT\s+pg_catalog\.lo_close\b/u
const DATABASE = /^CREATE\s+DATABASE\s+(?:IF\s+NOT\s+EXISTS\s+)?/iu
const ENCODING = /\bENCODING\s*=\s*'(?<it>[^']*)'|\bDEFAULT\s+CHARACTER\s+SET\s+(?<charset>\w+)(?:\s+COLLATE\s+(?<collation>\w+))?/iu
const MODULUS = 1n << 256n

export function watchValues(): ValueWatch {
  const sequences = newTexts()
  const encodings = newTexts()
  const objects = watchLargeObjects()
  return {
    see({ text }, database) {
      const value = sequenceOf(text, database)
      if (value !== undefined) sequences.set(...value)
      else if (LARGE_OBJECT.test(text)) objects.see(text, database)
      else {
        const encoding = encodingOf(text)
        if (encoding !== undefined) encodings.set(...encoding)
      }
    },
    end() {
      const [values, all, found] = [sequences.all(), encodings.all(), objects.end()]
      return { ...(values && { sequences: values }), ...(found && { largeObjects: found }), ...(all && { encodings: all }) }
    },
  }
}

/** The name of the sequence that a statement sets, and its value. */
function sequenceOf(text: string, database: string | undefined): readonly [string, string] | undefined {
  const { plain, escaped, value = '', isUsed } = SETVAL.exec(text)?.groups ?? {}
  const name = plain?.replaceAll("''", "'") ?? escaped?.replaceAll(/''|\\(?<it>.)/gsu, (pair) => pair.slice(1))
  const parts = name === undefined ? undefined : readSqlName(name)?.parts
  if (parts === undefined) return undefined
  const within = database === undefined ? '' : `${pathPart(database)}/`
  return [within + dottedName(parts), isUsed === 'true' ? value : `${value} unused`]
}

/** The name of the database that a statement creates, and its encoding, if it has one. */
function encodingOf(text: string): readonly [string, string] | undefined {
  const begin = DATABASE.exec(text)
  const created = begin && readSqlName(text.slice(begin[0].length))
  const { it, charset, collation } = (created && ENCODING.exec(created.rest)?.groups) ?? {}
  const encoding = it ?? [charset, collation].filter((word) => word !== undefined).join(' ')
  return created && encoding !== '' ? [pathPart(created.parts[0] ?? ''), encoding] : undefined
}

/** Texts by name, if there are any, and as many as are valid in a manifest. */
function newTexts() {
  const found = new Map<string, string>()
  let areKept = true
  return {
    set(name: string, text: string) {
      areKept &&= found.size < DUMP_LIMITS.tables && [name, text].every((it) => Buffer.byteLength(it) <= DUMP_LIMITS.nameBytes)
      if (areKept) found.set(name, text)
    },
    all: () => (areKept && found.size > 0 ? Object.fromEntries(found) : undefined),
  }
}

/** Large objects of equal dumps may have another order, so their digests are added up. */
function watchLargeObjects() {
  let count = 0
  let bytes = 0
  let sum = 0n
  let current: Hash | undefined
  return {
    see(text: string, database = '') {
      const oid = OPENED.exec(text)?.groups?.['oid']
      if (oid !== undefined) current = createHash('sha256').update(`${database}\n${oid}\n`)
      const hex = current && WRITTEN.exec(text)?.groups?.['hex']
      if (hex !== undefined) {
        current?.update(hex, 'latin1')
        bytes += hex.length / 2
      }
      if (current === undefined || !CLOSED.test(text)) return
      sum = (sum + BigInt(`0x${current.digest('hex')}`)) % MODULUS
      count += 1
      current = undefined
    },
    end: () => (count === 0 ? undefined : { count, bytes, digest: sum.toString(16).padStart(64, '0') }),
  }
}
