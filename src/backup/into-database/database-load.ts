import { randomBytes } from 'node:crypto'
import { messageOf } from '../../lib/errors.ts'
import { ProcessError } from '../../process/process-result.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { OwnerStatement } from '../inspect-dump/dump-owners.ts'
import { type DatabaseServer, quotedName, type ServerLogin } from './database-server.ts'
import type { RestoreRecord } from './restore-record.ts'
import type { ServerFacts } from './server-facts.ts'

/** What the loading of a dump into a database needs. */
export interface LoadContext {
  readonly server: DatabaseServer
  readonly login: ServerLogin
  readonly facts: ServerFacts
  /** The dump is loaded with all privileges of the login (`--trust-dump`). */
  readonly isTrusted: boolean
  readonly record: RestoreRecord
  /** What was removed from the dump, to be done by the login after the dump was loaded. */
  readonly owners: readonly OwnerStatement[]
  readonly definers: ReadonlyMap<string, string>
  /** Sends statements as the login. `isLast`: also if the restore was aborted. */
  query(sql: string, options?: QueryOptions): Promise<string>
  note(text: string): void
  readonly call: OperationContext
}

export interface QueryOptions {
  /** PostgreSQL: the database to connect to. */
  readonly database?: string
  readonly login?: ServerLogin
  readonly user?: string
  readonly isLast?: boolean
}

/** A new database with a temporary name, and the account that fills it. */
export interface DatabaseLoad {
  /** Where the client that reads the dump connects to. */
  readonly server: DatabaseServer
  readonly login: ServerLogin
  readonly facts: ServerFacts
  /** The dump was loaded completely: gives the database its name; the replaced one is removed last. */
  place(): Promise<void>
}

/** What a restore creates on a server; all names have the same random number. */
export function newNames(): { readonly temporary: string; readonly old: string; readonly account: string } {
  const temporary = `holdfast_${randomBytes(8).toString('hex')}`
  return { temporary, old: `${temporary}_old`, account: temporary }
}

/** A password that needs no quotes. */
export function newPassword(): string {
  return randomBytes(24).toString('hex')
}

/** Sends statements one after the other, also if some fail; these are noted. Resolves with whether all succeeded. */
export async function tidy(statements: readonly string[], { query, note }: Pick<LoadContext, 'query' | 'note'>): Promise<boolean> {
  let isTidy = true
  for (const sql of statements) {
    try {
      await query(sql, { isLast: true })
    } catch (error) {
      isTidy = false
      note(`could not clean up, run this manually: ${sql}: ${clientMessageOf(error)}`)
    }
  }
  return isTidy
}

/** The last line that the client printed on stderr; without one, the message of the error. */
export function clientMessageOf(error: unknown): string {
  const lastLine = error instanceof ProcessError ? (error.stderrTail.trim().split('\n').at(-1) ?? '') : ''
  return lastLine === '' ? messageOf(error) : lastLine
}

export function dropDatabase(kind: DatabaseServer['kind'], name: string): string {
  return `DROP DATABASE IF EXISTS ${quotedName(kind, name)}`
}
