import type { Database } from '../db/schema.ts'
import { HOUR_MS } from '../lib/durations.ts'
import { change, rowOf } from './rows.ts'
import { digestOf, newSecret } from './secrets.ts'

// It is printed in the log of the server, which others may read, and can be renewed at any time.
const SETUP_MS = 15 * 60_000

/** A code with which a password can be set once. */
export interface Link {
  readonly code: string
  readonly ends: Date
}

/** Creates a code for the user; if undefined, for the first account. Earlier codes of the same kind become invalid. */
export function makeLink(db: Database, now: Date, user: string | undefined): Link {
  const link = { code: newSecret(), ends: new Date(now.getTime() + (user === undefined ? SETUP_MS : HOUR_MS)) }
  change(db, 'delete from links where user is ? or ends < ?', user ?? null, now.toISOString())
  change(db, 'insert into links (hash, user, ends) values (?, ?, ?)', digestOf(link.code), user ?? null, link.ends.toISOString())
  return link
}

/** Consumes a code and returns its user. Undefined: unknown or expired. */
export function useLink(db: Database, now: Date, code: string): { readonly user: string | null } | undefined {
  const row = rowOf<{ user: string | null }>(db, 'select user from links where hash = ? and ends > ?', digestOf(code), now.toISOString())
  if (row) change(db, 'delete from links where hash = ?', digestOf(code))
  return row
}
