import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/**
 * Kysely on Node's own SQLite, using an open connection. Rows are plain objects; booleans and dates are written as numbers and ISO texts. Every
 * transaction acquires the write lock at its start: one that read first would be rejected if another process wrote in between.
 */
export function nodeSqliteDialect(db: DatabaseSync): Dialect {
  return new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare(sql) {
        const statement = db.prepare(sql === 'begin' ? 'begin immediate' : sql)
        return {
          reader: statement.columns().length > 0,
          // Rows of node:sqlite have no prototype, so they are not deeply equal to plain objects.
          all: (parameters) => statement.all(...parameters.map(input)).map((row) => ({ ...row })),
          run: (parameters) => statement.run(...parameters.map(input)),
          iterate: (parameters) => statement.iterate(...parameters.map(input)),
        }
      },
    },
  })
}

function input(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return Number(value)
  return value instanceof Date ? value.toISOString() : (value as SQLInputValue)
}
