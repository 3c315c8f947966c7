import type { Schema } from '../db/schema.ts'

/** The accounts. Times are ISO 8601 in UTC; only the SHA-256 of tokens and codes is stored. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `create table users (
      name text primary key, email text not null, role text not null, enabled integer not null, hash text, imported integer not null,
      totp text, totp_step integer not null, created text not null, last_login text, failures integer not null, locked_until text)`,
    `create table sessions (
      id text primary key, user text not null references users (name) on delete cascade, address text not null, device text not null,
      began text not null, last_used text not null, idle_ms integer not null, ends text not null)`,
    'create index sessions_by_user on sessions (user)',
    `create table tokens (
      id text primary key, hash text not null unique, name text not null, scope text not null,
      owner text not null references users (name) on delete cascade, created text not null, expires text, last_used text)`,
    `create table recovery_codes (
      user text not null references users (name) on delete cascade, hash text not null, primary key (user, hash))`,
    // A link with which a password is set; without a user: for the first account.
    'create table links (hash text primary key, user text references users (name) on delete cascade, ends text not null)',
    // Addresses of earlier logins: other addresses cannot lock the user out there.
    `create table known_addresses (
      user text not null references users (name) on delete cascade, address text not null, at text not null, primary key (user, address))`,
    // From the file of an ancestor: users who were removed are not imported again.
    'create table imported_users (name text primary key)',
    `create table audit (
      id integer primary key autoincrement, at text not null, who text not null, via text not null, address text not null,
      action text not null, target text not null, outcome text not null, before text, after text)`,
    'create index audit_by_time on audit (at)',
  ],
]

/** Only this room writes the rows. */
export const ACCOUNTS: Schema<unknown> = {
  name: 'accounts',
  // "HOLA"
  applicationId: 0x484f4c41,
  migrations: MIGRATIONS,
  keys: {} as Schema<unknown>['keys'],
  // An empty database would have no users: a user who sees the output of the server could then create the first account.
  ifDamaged: 'keep',
  without: 'Runs work without the accounts; nobody can log in.',
}
