import type { DatabaseSync } from 'node:sqlite'

/** A database that is open. */
export type Database = DatabaseSync

/** What a kind of database of ours holds. Each of its files bears the application id and the version of its tables. */
export interface Schema<Tables> {
  /** In messages, and at the beginning of the codes of errors: `journal`. */
  readonly name: string
  /** In the head of the file, for file(1) and for us (sqlite.org/pragma.html#pragma_application_id). */
  readonly applicationId: number
  /**
   * The statements that lead from each version of the tables to the next, oldest first: the version is how many of these a file has seen. What was once
   * released stays as it is.
   */
  readonly migrations: readonly (readonly string[])[]
  /** The columns of each table that name one row: writing a row again under the same key replaces what was there. */
  readonly keys: { readonly [T in keyof Tables]: readonly (keyof Tables[T] & string)[] }
  /** What still works without the database, as a sentence for hints. */
  readonly without: string
}

/** One row to be written. */
export type Change<Tables> = { readonly [T in keyof Tables]: { readonly table: T; readonly row: Tables[T] } }[keyof Tables]

/** What is asked of a schema where its rows do not matter. */
export type AnySchema = Omit<Schema<unknown>, 'keys'>
