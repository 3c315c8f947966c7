import type { Command, Extra } from '../plan/command.ts'
import type { DatabaseChoice, DatabaseServer } from '../plan/database-server.ts'
import { compilePatterns } from '../plan/patterns/compile-patterns.ts'
import { quoteSecret } from '../plan/secret.ts'
import type { ArchiveWork } from './archive-work.ts'
import { ArchiveError } from './errors.ts'

/** The selected databases, in their order, without the excluded ones. Queries the server if all are selected; rejects if it does not answer. */
export async function databasesOf({ names, exclude }: DatabaseChoice, server: DatabaseServer, work: ArchiveWork): Promise<readonly string[]> {
  const found = names === 'all' ? await queryServer(server, work) : names
  const excluded = compilePatterns(exclude)
  for (const { pattern, why } of excluded.refused) work.note(`the pattern "${pattern}" excludes nothing: it ${why}`)
  return found.filter((name) => !excluded.matches(name))
}

// Databases that do not allow connections (template0) cannot be dumped.
const QUERY = 'select datname from pg_database where datallowconn order by datname'

// 250,000 names of the maximum length.
const MOST_BYTES = 16 * 1024 * 1024

async function queryServer(server: DatabaseServer, work: ArchiveWork): Promise<readonly string[]> {
  const argv = [
    'psql',
    '--no-psqlrc',
    '--tuples-only',
    '--no-align',
    // A name may contain a line break.
    '--record-separator-zero',
    '--dbname=postgres',
    ...connectionOptions(server),
    `--command=${QUERY}`,
  ] as const
  const excess = new AbortController()
  const signal = AbortSignal.any([work.signal, excess.signal])
  const running = await work.processes.startPipeline([clientCommand(server, argv)], { kind: 'stream' }, { signal, limits: work.limits })
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of running.output) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) break
    chunks.push(chunk as Buffer)
  }
  if (bytes > MOST_BYTES) {
    excess.abort()
    await running.done.catch(() => undefined)
    throw new ArchiveError('dump-failed', `the list of databases is longer than ${MOST_BYTES} bytes`, { hint: 'Check the server and psql.' })
  }
  await running.done
  return Buffer.concat(chunks)
    .toString('utf8')
    .split('\0')
    .filter((it) => it !== '')
}

/** Options of PostgreSQL's client programs that identify the server. */
export function connectionOptions({ host, port, user }: DatabaseServer): readonly string[] {
  return [
    ...(host === undefined ? [] : [`--host=${host}`]),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(user === undefined ? [] : [`--username=${user}`]),
    '--no-password',
  ]
}

/** A client program of the server, with the password in an unnamed file that only it can read (libpq, "The Password File"). */
export function clientCommand(server: DatabaseServer, argv: readonly [string, ...string[]]): Command {
  const { environment, password, runAs, searchPath } = server
  const base = {
    argv,
    searchPath,
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
    ...(runAs !== undefined && { user: runAs }),
  } as const
  if (password === undefined) return { ...base, environment }
  // An existing variable would take precedence.
  const { PGPASSWORD: _other, ...values } = environment.values
  const secret = password.kind === 'plain' ? quoteSecret(password.value, 'pgpass') : ({ kind: 'quoted', secret: password, style: 'pgpass' } as const)
  const file: Extra = { kind: 'secret-file', parts: ['*:*:*:*:', secret, '\n'] }
  return { ...base, environment: { ...environment, values: { ...values, PGPASSFILE: '/dev/fd/3' } }, extras: [file] }
}
