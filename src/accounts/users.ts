import type { Database } from '../db/schema.ts'
import type { Account, AccountRole, Listed, Page } from './account.ts'
import { AccountError } from './account-error.ts'
import { type Actor, recordAction } from './audit.ts'
import { type Link, makeLink } from './links.ts'
import { hashPassword } from './password-hash.ts'
import { accountOf, change, rowOf, rowsOf, type UserRow, userRow } from './rows.ts'
import { endSessions } from './sessions.ts'
import type { Store } from './store.ts'

export interface NewUser {
  readonly name: string
  readonly email: string
  readonly role: AccountRole
  /** Absent: a link is created. */
  readonly password?: string | undefined
}

export interface UserWithLink extends Account {
  readonly link?: Link
}

export function listUsers({ read }: Store, { limit, after }: Page): Listed<Account> {
  return read((db) => {
    const total = rowOf<{ n: number }>(db, 'select count(*) as n from users')?.n ?? 0
    const rows = rowsOf<UserRow>(db, 'select * from users where name > ? order by name limit ?', after ?? '', limit + 1)
    const page = rows.slice(0, limit).map(accountOf)
    return { total, rows: page, next: rows.length > limit ? (page.at(-1)?.name ?? null) : null }
  })
}

export function findUser({ read }: Store, name: string): Account | undefined {
  const row = read((db) => userRow(db, name))
  return row && accountOf(row)
}

/** Rejects with `account/duplicate-user`. */
export async function addUser(store: Store, { name, email, role, password }: NewUser, actor: Actor): Promise<UserWithLink> {
  const hash = password === undefined ? null : await hashPassword(password)
  const now = store.clock()
  const made = await store.write((db) => {
    if (userRow(db, name)) return undefined
    insertUser(db, now, { name, email, role, hash })
    recordAction(db, now, actor, { action: 'user-added', target: name, outcome: 'done', after: { email, role } })
    return hash === null ? { link: makeLink(db, now, name) } : {}
  })
  if (made === undefined) throw new AccountError('duplicate-user', `the user "${name}" already exists`)
  return { ...requireUser(store, name), ...made }
}

export function insertUser(
  db: Database,
  now: Date,
  { name, email, role, hash, isImported = false }: Omit<NewUser, 'password'> & { readonly hash: string | null; readonly isImported?: boolean },
): void {
  change(
    db,
    'insert into users (name, email, role, enabled, hash, imported, totp_step, created, failures) values (?, ?, ?, 1, ?, ?, 0, ?, 0)',
    ...[name, email, role, hash, Number(isImported), now.toISOString()],
  )
}

export interface UserChange {
  readonly email?: string | undefined
  readonly role?: AccountRole | undefined
  readonly isEnabled?: boolean | undefined
  readonly password?: string | undefined
}

/**
 * Changes a user; a new role, password or state ends the sessions. Rejects with `account/unknown-user`, and with `account/last-admin` if no user
 * remained who can manage users.
 */
export async function changeUser(store: Store, { name, ...to }: UserChange & { readonly name: string }, actor: Actor): Promise<Account> {
  const hash = to.password === undefined ? undefined : await hashPassword(to.password)
  const now = store.clock()
  const outcome = await store.write((db) => {
    const row = userRow(db, name)
    if (row === undefined) return 'unknown'
    const after = changed(row, to)
    if ((after.role !== 'admin' || !after.isEnabled) && isLastAdmin(db, name)) return 'last'
    change(db, 'update users set email = ?, role = ?, enabled = ? where name = ?', after.email, after.role, Number(after.isEnabled), name)
    if (hash !== undefined) change(db, 'update users set hash = ?, imported = 0 where name = ?', hash, name)
    if (after.role !== row.role || !after.isEnabled || hash !== undefined) endSessions(db, name)
    const before = { email: row.email, role: row.role, isEnabled: row.enabled === 1 }
    const recorded = hash === undefined ? after : { ...after, password: 'changed' }
    recordAction(db, now, actor, { action: 'user-changed', target: name, outcome: 'done', before, after: recorded })
    return 'done'
  })
  refuse(outcome, name)
  return requireUser(store, name)
}

function changed(row: UserRow, { email = row.email, role = row.role, isEnabled = row.enabled === 1 }: UserChange) {
  return { email, role, isEnabled }
}

/** Rejects like `changeUser`. */
export async function removeUser(store: Store, name: string, actor: Actor): Promise<void> {
  const outcome = await store.write((db) => {
    const row = userRow(db, name)
    if (row === undefined) return 'unknown'
    if (isLastAdmin(db, name)) return 'last'
    change(db, 'delete from users where name = ?', name)
    recordAction(db, store.clock(), actor, { action: 'user-removed', target: name, outcome: 'done', before: { email: row.email, role: row.role } })
    return 'done'
  })
  refuse(outcome, name)
}

/** Ends all sessions, lifts a lock-out, and creates a link for setting a password; the old password is valid until then. */
export async function resetUser(
  store: Store,
  { name, totp }: { readonly name: string; readonly totp: boolean },
  actor: Actor,
): Promise<UserWithLink> {
  const now = store.clock()
  const link = await store.write((db) => {
    if (!userRow(db, name)) return undefined
    endSessions(db, name)
    change(db, 'update users set failures = 0, locked_until = null where name = ?', name)
    if (totp) removeSecondFactor(db, name)
    recordAction(db, now, actor, { action: 'user-reset', target: name, outcome: 'done', after: { totp: totp ? 'removed' : 'kept' } })
    return makeLink(db, now, name)
  })
  if (link === undefined) throw unknownUser(name)
  return { ...requireUser(store, name), link }
}

export function removeSecondFactor(db: Database, name: string): void {
  change(db, 'update users set totp = null, totp_step = 0 where name = ?', name)
  change(db, 'delete from recovery_codes where user = ?', name)
}

function isLastAdmin(db: Database, name: string): boolean {
  const admins = rowsOf<{ name: string }>(db, "select name from users where role = 'admin' and enabled = 1")
  return admins.length === 1 && admins[0]?.name === name
}

function refuse(outcome: 'done' | 'unknown' | 'last', name: string): void {
  if (outcome === 'unknown') throw unknownUser(name)
  if (outcome === 'last')
    throw new AccountError('last-admin', `"${name}" is the only administrator`, { hint: 'Make another user an administrator first.' })
}

function unknownUser(name: string): AccountError {
  return new AccountError('unknown-user', `unknown user "${name}"`)
}

function requireUser(store: Store, name: string): Account {
  const found = findUser(store, name)
  if (found === undefined) throw unknownUser(name)
  return found
}
