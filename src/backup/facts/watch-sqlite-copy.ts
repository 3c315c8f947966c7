import { pathPart } from '../inspect-dump/sql-names.ts'
import { DUMP_LIMITS, type DumpFacts } from '../set/dump-facts.ts'

/** Reads what `share/copy-sqlite.mjs` reports about the copy that it made. */
export interface CopyWatch {
  see(chunk: Buffer): void
  /** Undefined: the report is not complete. */
  facts(): DumpFacts | undefined
}

const ROWS = /^(?<count>\d+) (?<name>".*")$/u
const DIGEST = /^(?<bytes>\d+) (?<sha256>[0-9a-f]{64})$/u
// A name of the longest permitted one in JSON is shorter.
const LINE_BYTES = 16 * 1024

export function watchSqliteCopy(): CopyWatch {
  const rows = new Map<string, number>()
  let rest = Buffer.alloc(0)
  let isLong = false
  let areKept = true
  let digest: Pick<DumpFacts, 'bytes' | 'sha256'> | undefined
  const take = (line: string) => {
    const { bytes, sha256 } = DIGEST.exec(line)?.groups ?? {}
    if (bytes !== undefined && sha256 !== undefined) digest = { bytes: Number(bytes), sha256 }
    const { count, name } = ROWS.exec(line)?.groups ?? {}
    if (count === undefined || name === undefined) return
    const path = pathPart(JSON.parse(name) as string)
    areKept &&= rows.size < DUMP_LIMITS.tables && Buffer.byteLength(path) <= DUMP_LIMITS.nameBytes
    if (areKept) rows.set(path, Number(count))
  }
  return {
    see(chunk) {
      const data = Buffer.concat([rest, chunk])
      let from = 0
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
        if (!isLong) take(data.toString('utf8', from, end))
        isLong = false
        from = end + 1
      }
      rest = Buffer.from(data.subarray(from))
      if (rest.length <= LINE_BYTES) return
      // The name of a table: too long for a manifest.
      areKept = false
      isLong = true
      rest = Buffer.alloc(0)
    },
    facts: () => digest && { ...digest, ...(areKept && { rows: Object.fromEntries(rows) }) },
  }
}
