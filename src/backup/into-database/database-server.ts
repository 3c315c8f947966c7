import { randomBytes } from 'node:crypto'
import type { Command, Extra } from '../../plan/command.ts'
import type { QuotedSecret, SecretRef, SecretStyle } from '../../plan/secret.ts'
import { programWith } from '../filter/restore-commands.ts'

/** The destination database of a dump, and its server. */
export interface DatabaseServer {
  readonly kind: 'postgresql' | 'mariadb'
  readonly database: string
  /** The server, for messages; contains no password. */
  readonly label: string
  /** The address of the server; if empty or absent, the client's default. */
  readonly user?: string
  readonly host: string
  readonly port?: string
  readonly settings: URLSearchParams
}

const KINDS: ReadonlyMap<string, DatabaseServer['kind']> = new Map(
  Object.entries({
    postgresql: 'postgresql',
    postgres: 'postgresql',
    mariadb: 'mariadb',
    mysql: 'mariadb',
  }),
)

// Not with the URL class of the platform, which rejects a user without a host; both clients use a local socket then.
const ADDRESS =
  /^(?<scheme>[a-z]+):\/\/(?:(?<user>[^@/?]*)@)?(?<host>\[[^\]]*\]|[^:/?@]*)(?::(?<port>\d+))?\/(?<database>[^/?]*)(?:\?(?<settings>.*))?$/u

/** Parses `postgresql://[USER@][HOST][:PORT]/NAME[?host=/SOCKETS]` or `mariadb://…[?socket=/PATH]`, or returns a sentence that describes the error. */
export function parseServer(text: string): DatabaseServer | { readonly wrong: string } {
  const { scheme = '', user, host = '', port, database: name = '', settings = '' } = ADDRESS.exec(text)?.groups ?? {}
  const kind = KINDS.get(scheme)
  if (kind === undefined) return { wrong: 'Use the form postgresql://USER@HOST/NAME or mariadb://USER@HOST/NAME.' }
  const params = new URLSearchParams(settings)
  const wrong = wrongSetting(kind, [...params.keys()])
  if (wrong !== undefined) return { wrong }
  if (user?.includes(':')) return { wrong: NO_PASSWORD }
  const database = decoded(name)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
  if (database === undefined || database === '' || /[\u0000-\u001f]/u.test(database)) return { wrong: 'Add the name of a database at the end.' }
  return { kind, database, label: text, ...(user !== undefined && { user }), host, ...(port !== undefined && { port }), settings: params }
}

const NO_PASSWORD = 'Remove the password, and use --password-file.'

/** Does not quote the setting, which may be a password. */
function wrongSetting(kind: DatabaseServer['kind'], names: readonly string[]): string | undefined {
  // `password`, `sslpassword`, `oauth_client_secret` (libpq, "Parameter Key Words").
  if (names.some((name) => /password|secret/iu.test(name))) return NO_PASSWORD
  if (kind === 'mariadb' && names.some((name) => name !== 'socket')) return 'The only valid parameter for MariaDB is socket=/PATH.'
  if (names.includes('dbname')) return 'Remove "dbname": the database is specified in the path.'
  return undefined
}

export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** As parsed by libpq (libpq, "Connection URIs"). */
export function uriOf({ user, host, port, settings }: DatabaseServer, database: string): string {
  const rest = settings.size === 0 ? '' : `?${settings.toString().replaceAll('+', '%20')}`
  return `postgresql://${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}/${encodeURIComponent(database)}${rest}`
}

export interface ServerLogin {
  /** As text: letters and digits only. */
  readonly password?: SecretRef | string
  readonly environment: Readonly<Record<string, string>>
}

/** The client for Holdfast's own statements from stdin; not connected to the database itself. */
export function administrator(server: DatabaseServer, login: ServerLogin): Command {
  if (server.kind === 'mariadb') return mariadb(server, ['--skip-column-names', '--local-infile=0'], login)
  return psql(uriOf(server, 'postgres'), ['-A', '-t', '-f', '-'], login)
}

/** The name of the database in a statement. */
export function nameIn({ kind, database }: DatabaseServer): string {
  return kind === 'mariadb' ? `\`${database.replaceAll('`', '``')}\`` : `"${database.replaceAll('"', '""')}"`
}

function psql(uri: string, rest: readonly string[], { password, environment }: ServerLogin): Command {
  const argv = ['psql', '-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1', '-d', uri, ...rest] as const
  if (password === undefined) return programWith(argv, { environment })
  const extras = [secretFile('*:*:*:*:', passwordText(password, 'pgpass'), '\n')]
  return programWith(argv, { environment: { ...environment, PGPASSFILE: '/dev/fd/3' }, extras })
}

function mariadb({ user, host, port, settings }: DatabaseServer, rest: readonly string[], { password, environment }: ServerLogin): Command {
  const socket = settings.get('socket')
  const connect = [
    ...(host === '' ? [] : [`--host=${host.replaceAll(/[[\]]/gu, '')}`]),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(user === undefined ? [] : [`--user=${decoded(user) ?? user}`]),
    ...(socket === null ? [] : [`--socket=${socket}`]),
  ]
  // Must be the first argument.
  if (password === undefined) return programWith(['mariadb', ...connect, '--batch', ...rest], { environment })
  const extras = [secretFile('[client]\npassword="', passwordText(password, 'option-file'), '"\n')]
  return programWith(['mariadb', '--defaults-extra-file=/dev/fd/3', ...connect, '--batch', ...rest], { environment, extras })
}

/** A password for a file of that style. */
export function passwordText(password: SecretRef | string, style: SecretStyle): string | QuotedSecret {
  return typeof password === 'string' ? password : { kind: 'quoted', secret: password, style }
}

function secretFile(before: string, password: string | QuotedSecret, after: string): Extra {
  return { kind: 'secret-file', parts: [before, password, after] }
}

/**
 * A MariaDB user with all privileges on one database and no others: a dump can contain its own database's name wherever a trigger or a view was
 * created with it, and must not access that database. PostgreSQL needs no such user: a session cannot access another database.
 */
export interface RestoreAccount {
  readonly server: DatabaseServer
  readonly login: ServerLogin
  /** The statements that create the user; those of the second list grant privileges that only some servers support. */
  readonly make: readonly string[]
  readonly optionalGrants: readonly string[]
  readonly remove: string
}

export function restoreAccountOf(server: DatabaseServer, { environment }: ServerLogin): RestoreAccount | undefined {
  if (server.kind === 'postgresql') return undefined
  const user = `holdfast_${randomBytes(8).toString('hex')}`
  const password = randomBytes(24).toString('hex')
  // Both: with '%' only, an anonymous user of the server's own host would take precedence.
  const accounts = [`'${user}'@'%'`, `'${user}'@'localhost'`]
  const all = accounts.join(', ')
  return {
    server: { ...server, user },
    login: { password, environment },
    make: [
      `CREATE USER ${accounts.map((it) => `${it} IDENTIFIED BY '${password}'`).join(', ')}`,
      `GRANT ALL PRIVILEGES ON ${nameIn(server).replaceAll(/[_%\\]/gu, '\\$&')}.* TO ${all}`,
    ],
    // Objects of the dump belong to the users who created them.
    optionalGrants: [`GRANT SET USER ON *.* TO ${all}`],
    remove: `DROP USER IF EXISTS ${all}`,
  }
}
