import type { DatabaseSync } from 'node:sqlite'

/** An open database. */
export type Database = DatabaseSync

/** A kind of database of Holdfast. Each file has the application id and the version of its tables. */
export interface Schema<Tables> {
  /** In messages, and as the prefix of error codes: `journal`. */
  readonly name: string
  /** In the header of the file, for file(1) and for Holdfast (sqlite.org/pragma.html#pragma_application_id). */
  readonly applicationId: number
  /**
   * The statements that upgrade each version of the tables to the next one, oldest first: the version is the number of entries applied. Released
   * entries never change.
   */
  readonly migrations: readonly (readonly string[])[]
  /** The columns of each table that identify a row: writing a row with the same key replaces it. */
  readonly keys: { readonly [T in keyof Tables]: readonly (keyof Tables[T] & string)[] }
  /** Whether a damaged file is renamed and a new one is created, or stays, and every use of it fails. */
  readonly ifDamaged: 'replace' | 'keep'
  /** The functions that still work without the database, as a sentence for hints. */
  readonly without: string
}

/** One row to be written. */
export type Change<Tables> = { readonly [T in keyof Tables]: { readonly table: T; readonly row: Tables[T] } }[keyof Tables]

/** The properties of a schema without its rows. */
export type AnySchema = Omit<Schema<unknown>, 'keys'>
