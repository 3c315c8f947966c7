import type { Database } from '../db/schema.ts'
import type { Account } from './account.ts'
import { AccountError } from './account-error.ts'
import { type Actor, recordAction } from './audit.ts'
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts'
import { accountOf, change, rowOf, type UserRow, userRow } from './rows.ts'
import { digestOf } from './secrets.ts'
import { beginSession, type Device } from './sessions.ts'
import type { Store } from './store.ts'
import { matchTotp } from './totp.ts'

export interface LoginRequest extends Device {
  readonly name: string
  readonly password: string
  readonly code?: string | undefined
  readonly remember: boolean
}

export interface LoggedIn {
  readonly account: Account
  /** For the cookie. */
  readonly secret: string
}

const FREE_FAILURES = 5
const FIRST_LOCK_MS = 30_000
const MAX_LOCK_MS = 15 * 60_000

// An unknown user takes as long as a known one.
let dummyHash: Promise<string> | undefined

/**
 * Begins a session. Rejects with `account/wrong-login` (also for an unknown user), with `account/second-factor` if a code is required, and with
 * `account/too-many-attempts` after wrong passwords from addresses without a previous login of this user; known addresses are not affected, so that
 * an administrator cannot be locked out by others.
 */
export async function logIn(store: Store, request: LoginRequest): Promise<LoggedIn> {
  const row = store.read((db) => userRow(db, request.name))
  await refuseLocked(store, row, request)
  dummyHash ??= hashPassword('nobody has this password')
  const isRight = await verifyPassword(request.password, row?.hash ?? (await dummyHash))
  if (row === undefined || row.hash === null || !isRight || row.enabled !== 1)
    throw await rejectLogin(store, row, { ...request, reason: reasonOf(row, isRight) })
  if (row.totp !== null && request.code === undefined)
    throw new AccountError('second-factor', 'a second factor is required', { hint: 'Enter the code of the authenticator.' })
  const renewed = isOutdated(row.hash) ? await hashPassword(request.password) : undefined
  const secret = await store.write((db) => {
    // Each code is accepted once.
    if (row.totp !== null && !usesCode(db, userRow(db, row.name), { code: request.code ?? '', nowMs: store.clock().getTime() })) return undefined
    if (renewed !== undefined) change(db, 'update users set hash = ?, imported = 0 where name = ?', renewed, row.name)
    return begin(db, store.clock(), { user: row.name, request })
  })
  if (secret === undefined) throw await rejectLogin(store, row, { ...request, reason: 'wrong code' })
  const account = store.read((db) => userRow(db, row.name))
  return { account: accountOf(account ?? row), secret }
}

/** Begins a session for a user who was already authenticated, for example by a link. */
export function begin(
  db: Database,
  now: Date,
  { user, request }: { readonly user: string; readonly request: Device & { readonly remember: boolean } },
): string {
  const { address, device, remember } = request
  change(db, 'update users set last_login = ?, failures = 0, locked_until = null where name = ?', now.toISOString(), user)
  change(db, 'insert or replace into known_addresses (user, address, at) values (?, ?, ?)', user, address, now.toISOString())
  change(
    db,
    'delete from known_addresses where user = ? and address not in (select address from known_addresses where user = ? order by at desc limit 20)',
    user,
    user,
  )
  recordAction(db, now, { who: user, via: 'session', address }, { action: 'login', target: user, outcome: 'done' })
  return beginSession(db, now, { user, remember, address, device })
}

/** Whether the code is an unused code of the authenticator, or a recovery code; it is then consumed. */
export function usesCode(db: Database, row: UserRow | undefined, { code, nowMs }: { readonly code: string; readonly nowMs: number }): boolean {
  if (row?.totp == null) return false
  const step = matchTotp(code, { secret: row.totp, lastStep: row.totp_step, nowMs })
  if (step !== undefined) return change(db, 'update users set totp_step = ? where name = ? and totp_step < ?', step, row.name, step) === 1
  return change(db, 'delete from recovery_codes where user = ? and hash = ?', row.name, digestOf(code.trim().toLowerCase())) === 1
}

async function refuseLocked(store: Store, row: UserRow | undefined, { address }: Device): Promise<void> {
  if (row?.locked_until == null) return
  const leftMs = Date.parse(row.locked_until) - store.clock().getTime()
  if (leftMs <= 0 || store.read((db) => isKnown(db, row.name, address))) return
  await recordRefusal(store, { name: row.name, address, reason: 'locked' })
  throw new AccountError('too-many-attempts', 'too many wrong passwords for this user', {
    hint: `Wait ${Math.ceil(leftMs / 1000)} s, log in from an address that was used before, or run "holdfast web users reset" on the host.`,
    retryAfterMs: leftMs,
  })
}

function isKnown(db: Database, user: string, address: string): boolean {
  return rowOf(db, 'select 1 from known_addresses where user = ? and address = ?', user, address) !== undefined
}

/** For the audit log only; the response does not contain it. */
function reasonOf(row: UserRow | undefined, isRight: boolean): string {
  if (row === undefined) return 'unknown user'
  if (row.hash === null) return 'no password yet'
  return isRight ? 'disabled' : 'wrong password'
}

/** Records that a login was refused; the name is that which was entered. */
export function recordRefusal(store: Store, refusal: Pick<LoginRequest, 'name' | 'address'> & { readonly reason: string }): Promise<void> {
  return store.write((db) => addRefusal(db, store.clock(), refusal))
}

function addRefusal(db: Database, now: Date, { name, address, reason }: Pick<LoginRequest, 'name' | 'address'> & { readonly reason: string }): void {
  const actor: Actor = { who: '', via: 'none', address }
  recordAction(db, now, actor, { action: 'login', target: name.slice(0, 128), outcome: 'refused', after: { reason } })
}

async function rejectLogin(
  store: Store,
  row: UserRow | undefined,
  { name, address, reason }: LoginRequest & { readonly reason: string },
): Promise<AccountError> {
  const now = store.clock()
  await store.write((db) => {
    addRefusal(db, now, { name, address, reason })
    // Known addresses are limited only by address, not by user.
    if (row === undefined || isKnown(db, row.name, address)) return
    const failures = (userRow(db, row.name)?.failures ?? 0) + 1
    const lockMs = failures < FREE_FAILURES ? 0 : Math.min(FIRST_LOCK_MS * 2 ** (failures - FREE_FAILURES), MAX_LOCK_MS)
    const until = lockMs === 0 ? null : new Date(now.getTime() + lockMs).toISOString()
    change(db, 'update users set failures = ?, locked_until = ? where name = ?', failures, until, row.name)
  })
  return new AccountError('wrong-login', 'wrong user name, password or code', { hint: 'Try again, or ask an administrator for a link.' })
}
