import { pathPart } from '../inspect-dump/sql-names.ts'

/** What the inner script of a drill finds out about a restored SQLite database. */
export interface SqliteAnswer {
  see(chunk: Buffer): void
  /** Of the file. */
  digest(): string
  /** The answers of the checks: only "ok" for a sound database; then the number of its tables. */
  state(): readonly string[]
  /** The rows of each table that could be counted, named as in a manifest. */
  rows(): Readonly<Record<string, number>>
}

const ROWS = /^rows (?<name>(?:[0-9A-F]{2})*) (?<count>\d+)$/u
// 10,000 tables with the longest names of a manifest.
const ANSWER_BYTES = 24 * 1024 * 1024

export function readSqliteAnswer(): SqliteAnswer {
  const chunks: Buffer[] = []
  let bytes = 0
  const lines = () => Buffer.concat(chunks).toString('utf8').trim().split('\n')
  const named = (line: string) => {
    const { name, count } = ROWS.exec(line)?.groups ?? {}
    return name === undefined ? [] : [[pathPart(Buffer.from(name, 'hex').toString('utf8')), Number(count)] as const]
  }
  return {
    see(chunk) {
      if (bytes > ANSWER_BYTES) return
      bytes += chunk.length
      chunks.push(chunk)
    },
    digest: () => lines()[0] ?? '',
    state: () =>
      lines()
        .slice(1)
        .filter((line) => !ROWS.test(line)),
    rows: () => Object.fromEntries(lines().flatMap(named)),
  }
}
