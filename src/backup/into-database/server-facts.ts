import { Readable } from 'node:stream'
import { formatBytes } from '../../lib/format.ts'
import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { type AdministratorOptions, administrator, type DatabaseServer, type ServerLogin } from './database-server.ts'
import type { ServerAddress } from './server-proxy.ts'

/** Facts about a login, from the server and its client. */
export interface ServerFacts {
  readonly address: ServerAddress
  readonly user: string
  /** Whether it has privileges beyond its databases: files of the server, starting programs, acting as other accounts. */
  readonly isSuperuser: boolean
  /** Whether the connection is encrypted. */
  readonly isEncrypted: boolean
}

interface QueryContext {
  readonly processes: Processes
  readonly call: OperationContext
  readonly limits: Limits
}

export interface Login extends AdministratorOptions {
  readonly server: DatabaseServer
  readonly login: ServerLogin
}

// The text of a view or a routine may be long.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * The server's whole output for statements passed on stdin, because they may contain a password. Rejects with `ProcessError`, and with
 * `backup/not-loaded` if it is larger than 64 MiB.
 */
export async function queryServer(text: string, { server, login, ...options }: Login, { processes, call, limits }: QueryContext): Promise<string> {
  const input = Readable.from([Buffer.from(`${text}\n`)], { objectMode: false })
  const running = await processes.startPipeline([administrator(server, login, options)], { kind: 'stream' }, { signal: call.signal, limits, input })
  const chunks: Buffer[] = []
  let bytes = 0
  running.output
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk)
    })
  await running.done
  // What is missing would count as not being in the database, which is removed afterwards.
  if (bytes > MAX_ANSWER_BYTES)
    throw new BackupError('not-loaded', `the answer of the server is larger than ${formatBytes(MAX_ANSWER_BYTES)}, the limit`)
  return Buffer.concat(chunks).toString('utf8')
}

/** Determines where the client is connected to, and the privileges of the login. Rejects with `ProcessError`. */
export async function serverFacts(login: Login, context: QueryContext): Promise<ServerFacts> {
  return login.server.kind === 'mariadb' ? mariadbFacts(login, context) : postgresqlFacts(login, context)
}

// The roles with access to files and programs of the server (PostgreSQL, "Predefined Roles").
const POSTGRESQL = `\\echo :HOST
\\echo :PORT
\\echo :USER
SELECT current_setting('is_superuser') = 'on' OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') AND pg_catalog.pg_has_role(oid, 'member'));
SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid();`

async function postgresqlFacts(login: Login, context: QueryContext): Promise<ServerFacts> {
  const [host = '', port = '', user = '', superuser, encrypted] = (await queryServer(POSTGRESQL, login, context)).split('\n')
  const address: ServerAddress = host.startsWith('/') ? { kind: 'socket', path: `${host}/.s.PGSQL.${port}` } : { kind: 'tcp', host, port }
  return { address, user, isSuperuser: superuser !== 'f', isEncrypted: encrypted === 't' }
}

// Names in information_schema are quoted account names. Privileges on single databases are not in this table.
const MARIADB = `status
SELECT CONCAT('rights=', GROUP_CONCAT(privilege_type)) FROM information_schema.user_privileges WHERE grantee = CONCAT("'", REPLACE(CURRENT_USER(), '@', "'@'"), "'");
SELECT CONCAT('user=', CURRENT_USER());`
const PRIVILEGED = /\b(?:SUPER|FILE|SET USER|SET_USER_ID|SYSTEM_VARIABLES_ADMIN|CREATE USER|RELOAD)\b/u

async function mariadbFacts(login: Login, context: QueryContext): Promise<ServerFacts> {
  const answer = await queryServer(MARIADB, { ...login, hasCommands: true }, context)
  const fact = (pattern: RegExp) => pattern.exec(answer)?.groups?.['it'] ?? ''
  const path = fact(/^UNIX socket:\s+(?<it>.+)$/mu)
  const address: ServerAddress =
    path === ''
      ? { kind: 'tcp', host: fact(/^Connection:\s+(?<it>\S+) via TCP/mu), port: fact(/^TCP port:\s+(?<it>\d+)$/mu) || '3306' }
      : { kind: 'socket', path }
  const rights = fact(/^rights=(?<it>.*)$/mu)
  // Unknown counts as privileged.
  return {
    address,
    user: fact(/^user=(?<it>.*)$/mu),
    isSuperuser: rights === '' || PRIVILEGED.test(rights),
    isEncrypted: !/^SSL:\s+Not in use$/mu.test(answer),
  }
}
