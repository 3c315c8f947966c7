import type { Database } from '../db/schema.ts'
import { DAY_MS, HOUR_MS } from '../lib/durations.ts'
import type { Account } from './account.ts'
import { accountOf, change, rowOf, rowsOf, type UserRow } from './rows.ts'
import { digestOf, newSecret } from './secrets.ts'
import type { Store } from './store.ts'

const TOUCH_MS = 60_000

/** The origin of a session. */
export interface Device {
  readonly address: string
  /** The user agent of the browser. */
  readonly device: string
}

/** A session as displayed to its user. The id identifies it and cannot be used for anything else. */
export interface SessionRecord extends Device {
  readonly id: string
  readonly began: string
  readonly lastUsed: string
  readonly ends: string
}

export interface FoundSession {
  readonly id: string
  readonly account: Account
}

/** Begins a session; the secret is used only for the cookie. */
export function beginSession(
  db: Database,
  now: Date,
  { user, remember, address, device }: Device & { readonly user: string; readonly remember: boolean },
): string {
  const secret = newSecret()
  const [idleMs, lifeMs] = remember ? [14 * DAY_MS, 30 * DAY_MS] : [HOUR_MS, 12 * HOUR_MS]
  const [began, ends] = [now.toISOString(), new Date(now.getTime() + lifeMs).toISOString()]
  change(db, 'delete from sessions where ends < ?', began)
  change(
    db,
    'insert into sessions (id, user, address, device, began, last_used, idle_ms, ends) values (?, ?, ?, ?, ?, ?, ?, ?)',
    ...[digestOf(secret), user, address, device.slice(0, 200), began, began, idleMs, ends],
  )
  return secret
}

/** The session with this secret, unless it has expired or its user is disabled. Writes at most once a minute, and only if it `isUsed`: an open page alone is no use. */
export function findSession({ read, write, clock }: Store, secret: string, isUsed = true): FoundSession | undefined {
  const id = digestOf(secret)
  const now = clock()
  const row = read((db) =>
    rowOf<UserRow & { last_used: string; idle_ms: number }>(
      db,
      'select users.*, last_used, idle_ms from sessions join users on users.name = sessions.user where id = ? and ends > ? and enabled = 1',
      id,
      now.toISOString(),
    ),
  )
  if (row === undefined) return undefined
  const idleMs = now.getTime() - Date.parse(row.last_used)
  if (idleMs > row.idle_ms) return undefined
  if (isUsed && idleMs > TOUCH_MS)
    void write((db) => change(db, 'update sessions set last_used = ? where id = ?', now.toISOString(), id)).catch(() => undefined)
  return { id, account: accountOf(row) }
}

export function listSessions({ read, clock }: Store, user: string): readonly SessionRecord[] {
  const now = clock().toISOString()
  return read((db) =>
    rowsOf<SessionRecord>(
      db,
      'select id, address, device, began, last_used as lastUsed, ends from sessions where user = ? and ends > ? order by last_used desc',
      user,
      now,
    ),
  )
}

/** Ends one session of the user, all of them, or all except one. Returns their number. */
export function endSessions(db: Database, user: string, { id, except }: { readonly id?: string; readonly except?: string } = {}): number {
  if (id !== undefined) return change(db, 'delete from sessions where user = ? and id = ?', user, id)
  return change(db, 'delete from sessions where user = ? and id <> ?', user, except ?? '')
}
