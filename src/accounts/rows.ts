import type { Database } from '../db/schema.ts'
import type { Account, AccountRole } from './account.ts'

/** A row of the users as stored. */
export interface UserRow {
  readonly name: string
  readonly email: string
  readonly role: AccountRole
  readonly enabled: number
  readonly hash: string | null
  readonly imported: number
  readonly totp: string | null
  readonly totp_step: number
  readonly created: string
  readonly last_login: string | null
  readonly failures: number
  readonly locked_until: string | null
}

/** The first row of the result of a statement. */
export function rowOf<Row>(db: Database, sql: string, ...values: readonly (string | number | null)[]): Row | undefined {
  return db.prepare(sql).get(...values) as Row | undefined
}

export function rowsOf<Row>(db: Database, sql: string, ...values: readonly (string | number | null)[]): readonly Row[] {
  return db.prepare(sql).all(...values) as unknown as readonly Row[]
}

/** Executes a statement and returns the number of changed rows. */
export function change(db: Database, sql: string, ...values: readonly (string | number | null)[]): number {
  return Number(db.prepare(sql).run(...values).changes)
}

export function userRow(db: Database, name: string): UserRow | undefined {
  return rowOf<UserRow>(db, 'select * from users where name = ?', name)
}

export function accountOf(row: UserRow): Account {
  const { name, email, role, created } = row
  return {
    ...{ name, email, role, created },
    isEnabled: row.enabled === 1,
    hasTotp: row.totp !== null,
    lastLogin: row.last_login,
    lockedUntil: row.locked_until,
    isImported: row.imported === 1,
  }
}
