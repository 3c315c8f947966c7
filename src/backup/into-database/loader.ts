import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Extra } from '../../plan/command.ts'
import type { SecretRef } from '../../plan/secret.ts'
import { findProgram } from '../../process/start/find-program.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import { programWith } from '../filter/restore-commands.ts'
import { type Confinement, confined } from './confine.ts'
import { type DatabaseServer, decoded, passwordText, type ServerLogin, uriOf } from './database-server.ts'
import type { ServerFacts } from './server-facts.ts'
import type { ServerProxy } from './server-proxy.ts'

/** How a dump is loaded into a server. */
export interface Loading {
  readonly server: DatabaseServer
  readonly login: ServerLogin
  readonly facts: ServerFacts
  /** Absent: the client is not confined, and connects by itself. */
  readonly proxy?: ServerProxy
}

/** The name of the socket in the client's proxy folder. */
export function socketName(kind: DatabaseServer['kind'], { address }: ServerFacts): string {
  return kind === 'postgresql' && address.kind === 'socket' ? '.s.PGSQL.5432' : 'server'
}

/**
 * The client that feeds SQL from stdin to the database, completely or, with PostgreSQL, not at all. It rejects everything but SQL as far as its
 * version can, and has no editor and no pager; the confinement limits everything else.
 */
export async function loader(loading: Loading): Promise<Command> {
  return loading.server.kind === 'mariadb' ? mariadbLoader(loading) : psqlLoader(loading)
}

const NO_PROGRAMS = { EDITOR: '/bin/false', VISUAL: '/bin/false', PSQL_EDITOR: '/bin/false', PAGER: 'cat', PSQL_PAGER: 'cat' }

interface PassedFile {
  readonly name: string
  readonly extra: Extra
}

function command(argv: Command['argv'], passed: readonly PassedFile[], { login, proxy, facts }: Loading): Command {
  const extras = passed.length > 0 ? { extras: passed.map(({ extra }) => extra) } : {}
  if (proxy === undefined)
    return programWith(argv, { environment: { ...login.environment, ...NO_PROGRAMS, ...passFile(passed, '/dev/fd/3') }, ...extras })
  const environment = { HOME: '/home', ...NO_PROGRAMS, ...passFile(passed, '/home/pass') }
  const tcp: Pick<Confinement, 'tcp'> = facts.address.kind === 'tcp' ? { tcp: facts.address } : {}
  return confined(programWith(argv, { environment, ...extras }), { socketFolder: proxy.folder, files: passed.map(({ name }) => name), ...tcp })
}

function passFile(passed: readonly PassedFile[], path: string): Readonly<Record<string, string>> {
  return passed[0]?.name === 'pass' ? { PGPASSFILE: path } : {}
}

async function psqlLoader(loading: Loading): Promise<Command> {
  const { server, login, facts, proxy } = loading
  // Whether this version has the restricted mode: a name in the list of its commands.
  const { stdout } = await queryTool([findProgram(programWith(['psql'])), '--help=commands'])
  const restrict = /^\s*\\restrict /mu.test(stdout) ? ['-c', `\\restrict ${randomBytes(16).toString('hex')}`] : []
  const pass = login.password === undefined ? [] : [passwordFile(`*:*:*:*:`, login.password)]
  const files = proxy === undefined || facts.address.kind !== 'tcp' ? [] : tlsFiles(loading)
  const uri = proxy === undefined ? uriOf(server, server.database) : uriThroughProxy(loading, files)
  const argv = ['psql', '-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1', '-d', uri, '--single-transaction', ...restrict, '-f', '-'] as const
  return command(argv, [...pass, ...files], loading)
}

function passwordFile(before: string, password: SecretRef | string): PassedFile {
  return { name: 'pass', extra: { kind: 'secret-file', parts: [before, passwordText(password, 'pgpass'), '\n'] } }
}

/** The settings of the address, except for those that identify the server. */
function uriThroughProxy({ server, login, facts }: Loading, files: readonly PassedFile[]): string {
  const settings = new URLSearchParams(server.settings)
  for (const name of ['host', 'hostaddr', 'port', 'user', 'requirepeer', 'service', 'passfile', 'target_session_attrs']) settings.delete(name)
  settings.set('gssencmode', 'disable')
  if (facts.address.kind === 'socket') {
    for (const name of [...settings.keys()]) if (name.startsWith('ssl')) settings.delete(name)
    settings.set('host', '/door')
    settings.set('port', '5432')
  } else {
    settings.set('host', facts.address.host)
    settings.set('port', facts.address.port)
    // There is only one connection: the result of the first attempt is reported.
    const mode = modeOf({ server, login })
    if (!mode.startsWith('verify')) settings.set('sslmode', facts.isEncrypted ? 'require' : 'disable')
    for (const { name } of files) settings.set(name, `/home/${name}`)
  }
  return uriOf(
    { kind: 'postgresql', database: server.database, label: server.label, user: encodeURIComponent(facts.user), host: '', settings },
    server.database,
  )
}

function modeOf({ server, login }: Pick<Loading, 'server' | 'login'>): string {
  return server.settings.get('sslmode') ?? login.environment['PGSSLMODE'] ?? 'prefer'
}

const TLS_FILES = [
  ['sslrootcert', 'root.crt'],
  ['sslcrl', 'root.crl'],
  ['sslcert', 'postgresql.crt'],
  ['sslkey', 'postgresql.key'],
] as const

/** The files of certificates and keys that the client would find by itself (libpq, "SSL Client File Usage"). */
function tlsFiles({ server, login }: Loading): readonly PassedFile[] {
  const isVerified = /^(?:verify-|require)/u.test(modeOf({ server, login }))
  return TLS_FILES.flatMap(([name, usual]) => {
    if (name.startsWith('sslr') && !isVerified) return []
    const configured = server.settings.get(name) ?? (name === 'sslrootcert' ? login.environment['PGSSLROOTCERT'] : undefined)
    const path = configured ?? join(login.environment['HOME'] ?? '/nowhere', '.postgresql', usual)
    const isThere = path.startsWith('/') && statSync(path, { throwIfNoEntry: false })?.isFile() === true
    return isThere ? [{ name, extra: { kind: 'secret-file', parts: [{ kind: 'file', path }, '\n'] } } satisfies PassedFile] : []
  })
}

async function mariadbLoader(loading: Loading): Promise<Command> {
  const { server, login, facts, proxy } = loading
  const { stdout } = await queryTool([findProgram(programWith(['mariadb'])), '--no-defaults', '--help'])
  const knows = (option: string) => (new RegExp(`^\\s*--${option}\\b`, 'mu').test(stdout) ? [`--${option}`] : [])
  // A statement that failed contains rows.
  const printing = knows('print-query-on-error').map(() => '--skip-print-query-on-error')
  const refusals = [...knows('binary-mode'), ...knows('sandbox'), ...printing, '--local-infile=0', '--skip-reconnect', '--batch']
  const password = passwordText(login.password ?? '', 'option-file')
  const passed: PassedFile = { name: 'pass', extra: { kind: 'secret-file', parts: ['[client]\npassword="', password, '"\n'] } }
  const { address } = facts
  const where =
    proxy !== undefined && address.kind === 'socket'
      ? ['--protocol=socket', '--socket=/door/server']
      : address.kind === 'socket'
        ? ['--protocol=socket', `--socket=${address.path}`]
        : ['--protocol=tcp', `--host=${address.host}`, `--port=${address.port}`, ...(facts.isEncrypted ? ['--ssl'] : [])]
  const file = proxy === undefined ? '/dev/fd/3' : '/home/pass'
  const user = decoded(server.user ?? '') ?? ''
  return command(
    [
      'mariadb',
      `--defaults-file=${file}`,
      ...where,
      `--user=${user}`,
      ...refusals,
      `--database=${server.database}`,
      '--default-character-set=utf8mb4',
      '--max-allowed-packet=1G',
    ],
    [passed],
    loading,
  )
}
