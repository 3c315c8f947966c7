import { randomBytes } from 'node:crypto'
import { AccountError } from './account-error.ts'
import { type Actor, recordAction } from './audit.ts'
import { useLink } from './links.ts'
import { begin, type LoggedIn, usesCode } from './login.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { accountOf, change, rowOf, userRow } from './rows.ts'
import { digestOf } from './secrets.ts'
import { beginSession, type Device, endSessions } from './sessions.ts'
import type { Store } from './store.ts'
import { newTotpSecret } from './totp.ts'
import { insertUser, removeSecondFactor } from './users.ts'

export interface SetupRequest extends Device {
  readonly code: string
  readonly name: string
  readonly email: string
  readonly password: string
}

/** Creates the first account, an administrator, with the code that is printed in the output of the server. Rejects with `account/invalid-link`. */
export async function setUp(store: Store, { code, name, email, password, ...device }: SetupRequest): Promise<LoggedIn> {
  const hash = await hashPassword(password)
  const now = store.clock()
  const outcome = await store.write((db) => {
    if (rowOf(db, 'select 1 from users limit 1')) return 'late'
    const link = useLink(db, now, code)
    if (link?.user !== null) return 'invalid'
    insertUser(db, now, { name, email, role: 'admin', hash })
    recordAction(
      db,
      now,
      { who: name, via: 'session', address: device.address },
      { action: 'user-added', target: name, outcome: 'done', after: { email, role: 'admin' } },
    )
    return { secret: begin(db, now, { user: name, request: { ...device, remember: false } }) }
  })
  if (outcome === 'late')
    throw new AccountError('already-set-up', 'there is already an account', { hint: 'Log in, or run "holdfast web users reset" on the host.' })
  if (outcome === 'invalid') throw invalidLink()
  return loggedIn(store, name, outcome.secret)
}

/** Sets a password with a link; all sessions end, and a new one begins. Rejects with `account/invalid-link`. */
export async function usePasswordLink(
  store: Store,
  { code, password, ...device }: Device & { readonly code: string; readonly password: string },
): Promise<LoggedIn> {
  const hash = await hashPassword(password)
  const now = store.clock()
  const found = await store.write((db) => {
    const user = useLink(db, now, code)?.user
    const row = user == null ? undefined : userRow(db, user)
    if (row === undefined) return undefined
    change(db, 'update users set hash = ?, imported = 0 where name = ?', hash, row.name)
    endSessions(db, row.name)
    recordAction(
      db,
      now,
      { who: row.name, via: 'session', address: device.address },
      { action: 'password-changed', target: row.name, outcome: 'done' },
    )
    // The link is no second factor.
    if (row.totp !== null) return { name: row.name, secret: undefined }
    return { name: row.name, secret: begin(db, now, { user: row.name, request: { ...device, remember: false } }) }
  })
  if (found === undefined) throw invalidLink()
  if (found.secret === undefined)
    throw new AccountError('second-factor', 'the password was set, and a second factor is required', {
      hint: 'Log in with the new password and a code.',
    })
  return loggedIn(store, found.name, found.secret)
}

/** Changes the user's own password; other sessions end, and this one gets a new secret. */
export async function changePassword(
  store: Store,
  request: Device & { readonly name: string; readonly current: string; readonly password: string },
): Promise<LoggedIn> {
  const { name, current, password, address, device } = request
  await confirmPassword(store, { name, password: current })
  const hash = await hashPassword(password)
  const now = store.clock()
  const secret = await store.write((db) => {
    change(db, 'update users set hash = ?, imported = 0 where name = ?', hash, name)
    endSessions(db, name)
    recordAction(db, now, { who: name, via: 'session', address }, { action: 'password-changed', target: name, outcome: 'done' })
    return beginSession(db, now, { user: name, remember: false, address, device })
  })
  return loggedIn(store, name, secret)
}

// Until it is confirmed: for some minutes, in this process only.
const offers = new Map<string, string>()

export function offerTotp(name: string): string {
  const secret = newTotpSecret()
  offers.delete(name)
  offers.set(name, secret)
  const [oldest] = offers.keys()
  if (offers.size > 1000 && oldest !== undefined) offers.delete(oldest)
  return secret
}

/** Enables or replaces the second factor if the code matches the secret offered last. Returns the recovery codes. Rejects with `account/wrong-login`. */
export async function confirmTotp(
  store: Store,
  { name, password, code }: { readonly name: string; readonly password: string; readonly code: string },
  actor: Actor,
): Promise<readonly string[]> {
  await confirmPassword(store, { name, password })
  const totp = offers.get(name)
  const codes = Array.from({ length: 10 }, () => randomBytes(6).toString('hex'))
  const now = store.clock()
  const isRight = await store.write((db) => {
    const row = userRow(db, name)
    if (row === undefined || totp === undefined) return false
    change(db, 'update users set totp = ?, totp_step = 0 where name = ?', totp, name)
    if (!usesCode(db, { ...row, totp, totp_step: 0 }, { code, nowMs: now.getTime() })) {
      change(db, 'update users set totp = ?, totp_step = ? where name = ?', row.totp, row.totp_step, name)
      return false
    }
    change(db, 'delete from recovery_codes where user = ?', name)
    for (const it of codes) change(db, 'insert into recovery_codes (user, hash) values (?, ?)', name, digestOf(it))
    recordAction(db, now, actor, { action: 'second-factor-added', target: name, outcome: 'done' })
    return true
  })
  if (!isRight) throw new AccountError('invalid', 'wrong code', { hint: 'Check the clock of the device, and enter its next code.' })
  offers.delete(name)
  return codes
}

export async function removeTotp(
  store: Store,
  { name, password }: { readonly name: string; readonly password: string },
  actor: Actor,
): Promise<void> {
  await confirmPassword(store, { name, password })
  await store.write((db) => {
    removeSecondFactor(db, name)
    recordAction(db, store.clock(), actor, { action: 'second-factor-removed', target: name, outcome: 'done' })
  })
}

async function confirmPassword({ read }: Store, { name, password }: { readonly name: string; readonly password: string }): Promise<void> {
  const hash = read((db) => userRow(db, name))?.hash
  if (hash == null || !(await verifyPassword(password, hash))) throw new AccountError('wrong-login', 'wrong password')
}

function invalidLink(): AccountError {
  return new AccountError('invalid-link', 'invalid or used link', {
    hint: 'Run "holdfast web status" or "holdfast web users reset" on the host for a new one.',
  })
}

function loggedIn({ read }: Store, name: string, secret: string): LoggedIn {
  const row = read((db) => userRow(db, name))
  if (row === undefined) throw new AccountError('unknown-user', `unknown user "${name}"`)
  return { account: accountOf(row), secret }
}
