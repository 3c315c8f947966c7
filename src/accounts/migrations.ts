/** Of the accounts. Times are ISO 8601 in UTC; tokens and codes are kept as SHA-256 only. */
export const MIGRATIONS: readonly (readonly string[])[] = [
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
    // A link by which a password is chosen; without a user, the first account.
    'create table links (hash text primary key, user text references users (name) on delete cascade, ends text not null)',
    // From where somebody has logged in before: others cannot lock them out there.
    `create table known_addresses (
      user text not null references users (name) on delete cascade, address text not null, at text not null, primary key (user, address))`,
    // Of the file of an ancestor: who was removed since does not come back.
    'create table imported_users (name text primary key)',
    `create table audit (
      id integer primary key autoincrement, at text not null, who text not null, via text not null, address text not null,
      action text not null, target text not null, outcome text not null, before text, after text)`,
    'create index audit_by_time on audit (at)',
  ],
]
