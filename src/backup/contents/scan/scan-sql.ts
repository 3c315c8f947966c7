import { MOST_TABLES, readTables } from '../../inspect-dump/dump-tables.ts'
import type { DumpKind } from '../../inspect-dump/dump-tokens.ts'
import { NAME_BYTES } from '../entry.ts'
import type { OnEntry, Scanner } from './scanner.ts'

/** The tables of a plain SQL dump with their numbers of rows, and its databases. */
export function scanSql(server: DumpKind, { onEntry, isCluster }: { readonly onEntry: OnEntry; readonly isCluster: boolean }): Scanner {
  const reader = readTables(server, { isCluster })
  return {
    see: reader.see,
    end() {
      reader.end()
      const tables = reader.tables()
      const listed = tables.filter(({ path }) => path !== '' && Buffer.byteLength(path) <= NAME_BYTES)
      for (const table of listed) onEntry(table)
      if (reader.areTooMany) return `has more than ${MOST_TABLES} tables`
      return listed.length < tables.length ? `has tables or databases whose names are empty or longer than ${NAME_BYTES} bytes` : undefined
    },
  }
}
