import { statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { messageOf } from '../lib/errors.ts'
import { type DatabaseError, databaseErrorOf } from './database-error.ts'
import { closeDatabase, openToWrite } from './open-database.ts'
import type { Change, Schema } from './schema.ts'
import { setAside } from './set-aside.ts'

/** A database as written by one process. Opened when first needed, and again after a damaged one was renamed; never blocks other processes for long. */
export interface Connection<Tables> {
  /**
   * Writes all rows in one short transaction, or none; rows with existing keys replace the old ones. `later`: other processes are writing, try again.
   * `lost`: it cannot be done, which is noted the first time.
   */
  write(changes: readonly Change<Tables>[]): 'written' | 'later' | 'lost'
  /** Runs a short transaction. Resolves with its result, or with the reason why it was not possible: `busy` may be tried again. */
  within<T>(work: (db: DatabaseSync) => T): { readonly done: T } | DatabaseError
  close(): void
}

export interface ConnectionDeps {
  readonly clock: () => Date
  readonly note: (text: string) => void
}

interface Open {
  readonly db: DatabaseSync
  /** Of the open file, which may have been renamed or removed since. */
  readonly inode: number | undefined
  readonly statements: Map<PropertyKey, Statement>
}

interface Statement {
  readonly columns: readonly string[]
  readonly prepared: StatementSync
}

export function connect<Tables>(schema: Schema<Tables>, file: string, { clock, note }: ConnectionDeps): Connection<Tables> {
  let open: Open | undefined
  let isNoted = false
  let newer: DatabaseError | undefined

  const close = () => {
    const { db } = open ?? {}
    open = undefined
    if (db?.isOpen === true) closeDatabase(schema, file, db)
  }
  const attempt = <T>(work: (it: Open) => T): T => {
    const inode = inodeOf(file)
    if (open !== undefined && open.inode !== inode) close()
    open ??= { db: openToWrite(schema, file), inode: inode ?? inodeOf(file), statements: new Map() }
    return inTransaction(open, work)
  }
  const renewing = <T>(work: (it: Open) => T): T => {
    const inode = inodeOf(file)
    try {
      return attempt(work)
    } catch (error) {
      if (schema.ifDamaged === 'keep' || databaseErrorOf(error, schema, file).kind !== 'damaged') throw error
      close()
      const name = setAside({ file, inode }, clock())
      if (name !== undefined)
        note(`the ${schema.name} "${file}" was damaged (${messageOf(error)}): it was renamed to "${name}", and a new one was created`)
      return attempt(work)
    }
  }
  const guarded = <T>(work: (it: Open) => T): { readonly done: T } | DatabaseError => {
    if (newer !== undefined) return newer
    try {
      return { done: renewing(work) }
    } catch (error) {
      const trouble = databaseErrorOf(error, schema, file)
      if (trouble.kind === 'busy') return trouble
      close()
      if (trouble.kind === 'newer') newer = trouble
      if (!isNoted) note(`not recorded: ${trouble.message}`)
      isNoted = true
      return trouble
    }
  }
  return {
    write(changes) {
      const outcome = guarded((it) => {
        for (const change of changes) put(schema, change, it)
      })
      if ('done' in outcome) return 'written'
      return outcome.kind === 'busy' ? 'later' : 'lost'
    },
    within: (work) => guarded(({ db }) => work(db)),
    close,
  }
}

function inTransaction<T>(open: Open, work: (it: Open) => T): T {
  // Immediate: a transaction that reads first and writes later is rejected if another process wrote in between.
  open.db.exec('begin immediate')
  try {
    const done = work(open)
    open.db.exec('commit')
    return done
  } catch (error) {
    if (open.db.isTransaction) open.db.exec('rollback')
    throw error
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}

function put<Tables>({ keys }: Schema<Tables>, { table, row }: Change<Tables>, { db, statements }: Open): void {
  let statement = statements.get(table)
  if (statement === undefined) {
    const columns = Object.keys(row as object)
    statement = { columns, prepared: db.prepare(upsertInto({ table: String(table), keys: keys[table] }, columns)) }
    statements.set(table, statement)
  }
  const values = row as unknown as Readonly<Record<string, string | number | null>>
  statement.prepared.run(...statement.columns.map((column) => values[column] ?? null))
}

// Built without the query builder, whose loading takes longer than a short run.
function upsertInto({ table, keys }: { readonly table: string; readonly keys: readonly string[] }, columns: readonly string[]): string {
  const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
  const rest = columns.filter((column) => !keys.includes(column)).map((column) => `"${column}" = excluded."${column}"`)
  return `insert into "${table}" (${list(columns)}) values (${columns.map(() => '?').join(', ')}) on conflict (${list(keys)}) do update set ${rest.join(', ')}`
}
