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

export interface AdministratorOptions {
  readonly database?: string
  /** MariaDB: the client accepts commands of its own. */
  readonly hasCommands?: boolean
}

/**
 * The client for Holdfast's own statements from stdin; connected to no database, or to `database`. PostgreSQL needs one: it is another one than that of the
 * server.
 */
export function administrator(server: DatabaseServer, login: ServerLogin, { database, hasCommands }: AdministratorOptions = {}): Command {
  if (server.kind === 'mariadb') return mariadb(server, ['--skip-column-names', '--local-infile=0', ...(hasCommands ? [] : ['--binary-mode'])], login)
  const usual = server.database === 'postgres' ? 'template1' : 'postgres'
  return psql(uriOf(server, database ?? usual), ['-A', '-t', '-f', '-'], login)
}

/** A name in a statement. */
export function quotedName(kind: DatabaseServer['kind'], name: string): string {
  return kind === 'mariadb' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`
}

/** A text in a statement, without a backslash at its end. */
export function quotedText(kind: DatabaseServer['kind'], text: string): string {
  const quoted = text.replaceAll("'", "''")
  return kind === 'mariadb' ? `'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
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
