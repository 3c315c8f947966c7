import { locationOf, memberOf } from '../../../document/yaml/node.ts'
import { readSecret } from '../keys.ts'
import type { SourceInput } from '../schema/sources.ts'
import { quoteParts } from '../secret-text.ts'
import { type CommandOptions, commandIn } from '../settings.ts'
import { type ConnectionOption, type SplitOpts, splitOpts } from './connection-opts.ts'
import { CLOSED_DATABASES, type Needed, unreadable } from './postgresql-rights.ts'
import { isLongOption, refuseOpts } from './refuse-opts.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

type Input = SourceInput<'postgresql'>

const DATABASE_END = '-- PostgreSQL database dump complete\\n--\\s*(?:\\\\unrestrict \\w+\\n\\s*)?$'
const CLUSTER_END = '-- PostgreSQL database cluster dump complete\\n--\\s*(?:\\\\unrestrict \\w+\\n\\s*)?$'

// pg_dump in another format, or compressed, or into a file.
const WITHOUT_END = [
  ['file', 2],
  ['compress', 3],
] as const

function losesEnd(opt: string, next?: string): boolean {
  const format = /^(?:-F|--fo\w*=)(?<format>.+)$/u.exec(opt)?.groups?.['format'] ?? (/^(?:-F|--fo\w*)$/u.test(opt) ? next : undefined)
  if (format !== undefined) return !'plain'.startsWith(format)
  return isLongOption(opt, WITHOUT_END) || /^-[fZ]/u.test(opt)
}

// Long options may be abbreviated.
const OF_CONNECTION: readonly ConnectionOption[] = [
  { long: /host?/u, letter: 'h' },
  { long: /port?/u, letter: 'p' },
  { long: /user(?:n|na|nam|name)?/u, letter: 'U' },
  { long: /no-pas(?:s|sw|swo|swor|sword)?/u, letter: 'w', isFlag: true },
  { long: /pas(?:s|sw|swo|swor|sword)?/u, letter: 'W', instead: { key: 'password', why: 'no terminal is available for a password prompt' } },
  { long: /dbn(?:a|am|ame)?/u, letter: 'd', instead: { key: 'databases' } },
]

// Options of pg_dump that pg_dumpall also has for roles and tablespaces.
const OF_GLOBALS = [
  ['role', 4],
  ['no-tablespaces', 6],
  ['no-comments', 6],
  ['no-security-labels', 6],
  ['quote-all-identifiers', 3],
  ['lock-wait-timeout', 3],
] as const

/**
 * SQL for psql. All: one dump of the cluster. Names: one object each, with the statements that create the database, and one with the roles and
 * tablespaces of the cluster, unless the configuration leaves them out.
 */
export function postgresqlSource(input: Input, call: SourceCall): readonly SourceObject[] {
  const { databases, globals = 'all' } = input
  refuseOpts(input.opts ?? [], losesEnd, call)
  const { connection, others: opts } = splitOpts(input.opts ?? [], OF_CONNECTION, call)
  if (databases === 'all' && globals === 'none')
    call.report.error(locationOf(memberOf(call.at, 'globals') ?? call.at), '"globals: none" needs names of databases', 'List the databases.')
  const dump = dumper(input, { ...call, opts: { connection, others: opts } })
  const withoutPasswords = globals === 'no-passwords' ? ['--no-role-passwords'] : []
  if (databases === 'all')
    return [
      dump(['pg_dumpall', ...withoutPasswords, ...opts], {
        ...{ databases, end: CLUSTER_END, probed: 'postgres', lacking: CLOSED_DATABASES },
        needed: { passwords: globals === 'all', connections: true },
      }),
    ]
  const [probed = 'postgres'] = databases
  const shared = opts.filter((opt, index) => isLongOption(opt, OF_GLOBALS) || (isLongOption(opts[index - 1] ?? '', VALUED) && !opt.startsWith('-')))
  const clusterWide = ['pg_dumpall', '--globals-only', ...withoutPasswords, ...shared, `--database=${conninfoOf(probed)}`] as const
  return [
    ...(globals === 'none'
      ? []
      : [dump(clusterWide, { databases: [], end: CLUSTER_END, probed, part: 'globals', needed: { passwords: globals === 'all' } })]),
    ...databases.map((name) =>
      dump(['pg_dump', '--format=plain', '--create', ...opts, `--dbname=${conninfoOf(name)}`], {
        databases: [name],
        end: DATABASE_END,
        probed: name,
        part: partOf(name),
        needed: { contents: true },
      }),
    ),
  ]
}

const VALUED = [
  ['role', 4],
  ['lock-wait-timeout', 3],
] as const

/** The name of a database as a name of a file, different for each: `a/b` becomes `a%2Fb`. */
function partOf(name: string): string {
  const escaped = name.replaceAll(/[%/]/gu, (it) => `%${it === '%' ? '25' : '2F'}`)
  // These names have another meaning.
  return ['.', '..', 'globals'].includes(escaped) ? escaped.replace(/^./u, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`) : escaped
}

interface Dump {
  readonly databases: readonly string[] | 'all'
  readonly end: string
  /** The database for querying the version of the server. */
  readonly probed: string
  readonly part?: string
  /** A query whose answer lists data that the dump lacks. */
  readonly lacking?: string
  readonly needed: Needed
}

function dumper(input: Input, { settings, report, at, opts }: SourceCall & { readonly opts: SplitOpts }) {
  const options = connectionOptions(input, { report, at })
  const connect = [
    ...(input.host === undefined ? [] : [`--host=${input.host}`]),
    ...(input.port === undefined ? [] : [`--port=${input.port}`]),
    ...(input.user === undefined ? [] : [`--username=${input.user}`]),
    // No terminal is available for a password prompt.
    '--no-password',
    ...opts.connection,
  ]
  return ([program, ...rest]: readonly [string, ...string[]], { databases, end, probed, part, lacking, needed }: Dump): SourceObject => {
    const client = (statement: string) => {
      const argv = [
        'psql',
        ...connect,
        '--no-psqlrc',
        '--tuples-only',
        '--no-align',
        `--command=${statement}`,
        `--dbname=${conninfoOf(probed)}`,
      ] as const
      return commandIn(settings, argv, options)
    }
    // Other options may leave out what cannot be read, or set another role.
    const unread = opts.others.length > 0 ? '' : unreadable(needed)
    return {
      ...withEndMark(commandIn(settings, [program, ...connect, ...rest], options), { pattern: end }, settings),
      probes: [
        { name: 'server-version', command: client('show server_version') },
        ...(lacking === undefined ? [] : [{ name: 'closed-databases', command: client(lacking), lacks: 'connections' as const }]),
        ...(unread === '' ? [] : [{ name: 'unreadable', command: client(unread), needs: 'rights' as const }]),
      ],
      source: {
        kind: 'postgresql',
        databases,
        ...(opts.others.length > 0 && { hasOpts: true }),
        ...(input['table-digests'] === true && { hasTableDigests: true }),
      },
      ...(part !== undefined && { part }),
      suffix: '.sql',
    }
  }
}

function connectionOptions({ password, tls }: Input, { report, at }: Pick<SourceCall, 'report' | 'at'>): CommandOptions {
  const parts = password === undefined ? undefined : readSecret(password, memberOf(at, 'password') ?? at, report)
  const values = { ...tlsValues(tls), ...(parts && { PGPASSFILE: '/dev/fd/3' }) }
  return {
    ...(Object.keys(values).length > 0 && { values }),
    ...(parts && { extras: [{ kind: 'secret-file', parts: ['*:*:*:*:', ...quoteParts(parts, 'pgpass'), '\n'] }] }),
  }
}

// Cannot exist, because the first part is not a folder.
const NO_FILE = '/dev/null/none'

function tlsValues(tls: Input['tls']): Readonly<Record<string, string>> {
  if (tls === undefined) return {}
  const { ca, cert, key, verify = true } = tls
  return {
    PGSSLMODE: verify ? 'verify-full' : 'require',
    // Without a file, libpq would use the one in the home folder: it would require it, or verify the server with it although it should not.
    PGSSLROOTCERT: verify ? (ca ?? 'system') : NO_FILE,
    ...(cert !== undefined && { PGSSLCERT: cert }),
    ...(key !== undefined && { PGSSLKEY: key }),
  }
}

/** A name that libpq would not treat as a list of settings (libpq, "Connection Strings"). */
function conninfoOf(name: string): string {
  return /^\w[\w-]*$/u.test(name) ? name : `dbname='${name.replaceAll(/[\\']/gu, '\\$&')}'`
}
