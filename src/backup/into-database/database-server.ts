import { randomBytes } from 'node:crypto'
import type { Command, Extra } from '../../plan/command.ts'
import type { QuotedSecret, SecretRef, SecretStyle } from '../../plan/secret.ts'
import { programWith } from '../filter/restore-commands.ts'

/** A database that a dump is to be restored into, and the server that has it. */
export interface DatabaseServer {
  readonly kind: 'postgresql' | 'mariadb'
  readonly database: string
  /** Where it is, for messages; carries no password. */
  readonly label: string
  /** Where the server is; empty or absent: where its client finds it. */
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

// Not by the URL of the platform: that knows no user without a host, which both clients take for a local socket.
const ADDRESS =
  /^(?<scheme>[a-z]+):\/\/(?:(?<user>[^@/?]*)@)?(?<host>\[[^\]]*\]|[^:/?@]*)(?::(?<port>\d+))?\/(?<database>[^/?]*)(?:\?(?<settings>.*))?$/u

/** Reads `postgresql://[USER@][HOST][:PORT]/NAME[?host=/SOCKETS]` or `mariadb://…[?socket=/PATH]`; or says in a sentence what is wrong with it. */
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

/** Names no setting: what stands there may be a password. */
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

/** As libpq reads it (libpq, "Connection URIs"). */
export function uriOf({ user, host, port, settings }: DatabaseServer, database: string): string {
  const rest = settings.size === 0 ? '' : `?${settings.toString().replaceAll('+', '%20')}`
  return `postgresql://${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}/${encodeURIComponent(database)}${rest}`
}

export interface ServerLogin {
  /** As text: letters and digits only. */
  readonly password?: SecretRef | string
  readonly environment: Readonly<Record<string, string>>
}

/** The client that runs statements of ours from stdin, not in the database itself. */
export function administrator(server: DatabaseServer, login: ServerLogin): Command {
  if (server.kind === 'mariadb') return mariadb(server, ['--skip-column-names', '--local-infile=0'], login)
  return psql(uriOf(server, 'postgres'), ['-A', '-t', '-f', '-'], login)
}

/** The database's name inside a statement. */
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
 * A user of MariaDB who may do everything in the one database and nothing elsewhere: a dump can name its own database wherever a trigger or a view was
 * created so, and must not reach it. PostgreSQL needs none: nothing in a session reaches another database.
 */
export interface RestoreAccount {
  readonly server: DatabaseServer
  readonly login: ServerLogin
  /** The statements that make the user; those of the second list are of privileges that only some servers know. */
  readonly make: readonly string[]
  readonly optionalGrants: readonly string[]
  readonly remove: string
}

export function restoreAccountOf(server: DatabaseServer, { environment }: ServerLogin): RestoreAccount | undefined {
  if (server.kind === 'postgresql') return undefined
  const user = `holdfast_${randomBytes(8).toString('hex')}`
  const password = randomBytes(24).toString('hex')
  // Both: with '%' alone, an anonymous user of the server's own host would come first.
  const accounts = [`'${user}'@'%'`, `'${user}'@'localhost'`]
  const all = accounts.join(', ')
  return {
    server: { ...server, user },
    login: { password, environment },
    make: [
      `CREATE USER ${accounts.map((it) => `${it} IDENTIFIED BY '${password}'`).join(', ')}`,
      `GRANT ALL PRIVILEGES ON ${nameIn(server).replaceAll(/[_%\\]/gu, '\\$&')}.* TO ${all}`,
    ],
    // Objects of the dump belong to the users who made them.
    optionalGrants: [`GRANT SET USER ON *.* TO ${all}`],
    remove: `DROP USER IF EXISTS ${all}`,
  }
}
