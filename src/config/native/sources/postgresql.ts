import { memberOf } from '../../../document/yaml/node.ts'
import { readSecret } from '../keys.ts'
import type { SourceInput } from '../schema/sources.ts'
import { quoteParts } from '../secret-text.ts'
import { type CommandOptions, commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

type Input = SourceInput<'postgresql'>

const DATABASE_END = '-- PostgreSQL database dump complete\\n--\\s*(?:\\\\unrestrict \\w+\\n\\s*)?$'
const CLUSTER_END = '-- PostgreSQL database cluster dump complete\\n--\\s*(?:\\\\unrestrict \\w+\\n\\s*)?$'

/**
 * SQL for psql. All: one dump of the cluster. Names: one object each, with the statements that create the database, and one with the roles and
 * tablespaces of the cluster.
 */
export function postgresqlSource(input: Input, call: SourceCall): readonly SourceObject[] {
  const { databases, opts = [] } = input
  const dump = dumper(input, call)
  if (databases === 'all') return [dump(['pg_dumpall', ...opts], { databases, end: CLUSTER_END, probed: 'postgres' })]
  const [probed = 'postgres'] = databases
  return [
    dump(['pg_dumpall', '--globals-only'], { databases: [], end: CLUSTER_END, probed, part: 'globals' }),
    ...databases.map((name) =>
      dump(['pg_dump', '--format=plain', '--create', ...opts, `--dbname=${conninfoOf(name)}`], {
        databases: [name],
        end: DATABASE_END,
        probed: name,
        part: name.replaceAll('/', '_'),
      }),
    ),
  ]
}

interface Dump {
  readonly databases: readonly string[] | 'all'
  readonly end: string
  /** The database for querying the version of the server. */
  readonly probed: string
  readonly part?: string
}

function dumper(input: Input, { settings, report, at }: SourceCall) {
  const options = passwordOptions(input, { report, at })
  const connect = [
    ...(input.host === undefined ? [] : [`--host=${input.host}`]),
    ...(input.port === undefined ? [] : [`--port=${input.port}`]),
    ...(input.user === undefined ? [] : [`--username=${input.user}`]),
    // No terminal is available for a password prompt.
    '--no-password',
  ]
  return ([program, ...rest]: readonly [string, ...string[]], { databases, end, probed, part }: Dump): SourceObject => {
    const ask = [
      'psql',
      ...connect,
      '--no-psqlrc',
      '--tuples-only',
      '--no-align',
      '--command=show server_version',
      `--dbname=${conninfoOf(probed)}`,
    ] as const
    return {
      ...withEndMark(commandIn(settings, [program, ...connect, ...rest], options), { pattern: end }, settings),
      probes: [{ name: 'server-version', command: commandIn(settings, ask, options) }],
      source: { kind: 'postgresql', databases },
      ...(part !== undefined && { part }),
      suffix: '.sql',
    }
  }
}

function passwordOptions({ password }: Input, { report, at }: Pick<SourceCall, 'report' | 'at'>): CommandOptions {
  const parts = password === undefined ? undefined : readSecret(password, memberOf(at, 'password') ?? at, report)
  if (!parts) return {}
  return { extras: [{ kind: 'secret-file', parts: ['*:*:*:*:', ...quoteParts(parts, 'pgpass'), '\n'] }], values: { PGPASSFILE: '/dev/fd/3' } }
}

/** A name that libpq would not treat as a list of settings (libpq, "Connection Strings"). */
function conninfoOf(name: string): string {
  return /^\w[\w-]*$/u.test(name) ? name : `dbname='${name.replaceAll(/[\\']/gu, '\\$&')}'`
}
