import { basename } from 'node:path/posix'
import { locationOf, memberOf } from '../../../document/yaml/node.ts'
import { readSecret } from '../keys.ts'
import type { SourceInput } from '../schema/sources.ts'
import { quoteParts } from '../secret-text.ts'
import { type CommandOptions, commandIn } from '../settings.ts'
import { type ConnectionOption, IN_PROCESS_LIST, splitOpts } from './connection-opts.ts'
import { lackingRights, unreadableParts } from './mariadb-rights.ts'
import { isLongOption, refuseOpts } from './refuse-opts.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

type Input = SourceInput<'mariadb'>

const END = '-- Dump completed(?: on [-0-9]+ +[0-9:]+)?\\s*$'

// `--xml` and the others also change the output; a result file leaves stdout empty.
const WITHOUT_END = [
  ['skip-comments', 9],
  ['compact', 5],
  ['xml', 3],
  ['result-file', 3],
  ['tab', 3],
] as const

function losesEnd(opt: string): boolean {
  const plain = plainOption(opt)
  return isLongOption(plain, WITHOUT_END) || /^-(?:X|r|T)/u.test(opt) || /^--comments=(?:0|off|false)$/iu.test(plain)
}

/** Its programs also accept underscores, a prefix before options that they may not know, and another word for `--skip-`. */
function plainOption(opt: string): string {
  const [name = ''] = opt.split('=', 1)
  if (!name.startsWith('--')) return opt
  return (
    name
      .replaceAll('_', '-')
      .replace(/^--loose-/u, '--')
      .replace(/^--disable-/u, '--skip-') + opt.slice(name.length)
  )
}

// Long options may be abbreviated.
const OF_CONNECTION: readonly ConnectionOption[] = [
  { long: /pas(?:s|sw|swo|swor|sword|sword\d)?/u, letter: 'p', instead: { key: 'password', why: IN_PROCESS_LIST } },
  {
    long: /defaults-(?:file|extra-file|group-suffix)|no-defaults|login-path/u,
    instead: { key: 'option-file', why: 'it must be the first argument' },
  },
  { long: /host?/u, letter: 'h' },
  { long: /port?/u, letter: 'P' },
  { long: /user?/u, letter: 'u' },
  { long: /soc(?:k|ke|ket)?/u, letter: 'S' },
  { long: /(?:skip-|disable-|enable-)(?:ssl|compress).*|ssl|ssl-verify-server-cert|compress|get-server-public-key/u, letter: 'C', isFlag: true },
  { long: /(?:ssl|tls)-.+|protocol|default-auth|plugin-dir|connect-timeout|init-command|server-public-key-path|bind-address/u },
]

const REQUIRE_FILE = `[ -r "$1" ] || { printf 'could not read the option file "%s"\\n' "$1" >&2; exit 1; }; shift; exec "$@"`

// The largest that servers accept. By default, clients end with "lost connection" at a row of more than 24 MiB (MariaDB's manual, max_allowed_packet).
const LARGEST_ROW = '--max-allowed-packet=1G'

/** One dump of all selected databases, at one point in time (`--single-transaction`: InnoDB tables), with routines, events and triggers. */
export function mariadbSource(input: Input, call: SourceCall): readonly SourceObject[] {
  const { settings } = call
  const { databases, program = 'mariadb-dump', opts = [] } = input
  refuseOpts(opts, losesEnd, call)
  const { connection, others } = splitOpts(opts, OF_CONNECTION, call)
  const { first, options } = optionFiles(input, call)
  const connect = [...first, ...addressOf(input), ...tlsOf(input, call), ...connection]
  const what = databases === 'all' ? ['--all-databases'] : ['--databases', '--', ...databases]
  const dump = [
    program,
    ...connect,
    '--single-transaction',
    '--quick',
    '--routines',
    '--events',
    '--triggers',
    '--hex-blob',
    '--default-character-set=utf8mb4',
    LARGEST_ROW,
    ...others,
    ...what,
  ] as const
  const client = (statement: string) => {
    const argv = [
      clientOf(program),
      ...connect,
      '--default-character-set=utf8mb4',
      '--batch',
      '--skip-column-names',
      `--execute=${statement}`,
    ] as const
    // Only the file of --defaults-file has to exist: an included one that is missing is ignored by the client, which would then use another server.
    const isIncluded = input.password !== undefined && input['option-file'] !== undefined
    return commandIn(settings, isIncluded ? ['/bin/sh', '-c', REQUIRE_FILE, 'sh', input['option-file'] ?? '', ...argv] : argv, options)
  }
  return [
    {
      ...withEndMark(commandIn(settings, dump, options), { pattern: END }, settings),
      probes: [
        { name: 'server-version', command: client('select version()') },
        { name: 'rights', command: client(lackingRights(databases)), lacks: 'rights', answers: 'grants' },
        ...(others.length > 0
          ? []
          : [{ name: 'unreadable', command: client(unreadableParts(databases)), needs: 'rights', answers: 'grants' } as const]),
      ],
      source: {
        kind: 'mariadb',
        databases,
        ...(others.length > 0 && { hasOpts: true }),
        ...(input['table-digests'] === true && { hasTableDigests: true }),
      },
      suffix: '.sql',
    },
  ]
}

function addressOf({ host, port, user }: Input): readonly string[] {
  return [
    ...(host === undefined ? [] : [host.startsWith('/') ? `--socket=${host}` : `--host=${host}`]),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(user === undefined ? [] : [`--user=${user}`]),
  ]
}

/** The clients of MySQL 8 have none of MariaDB's options for it, and those of MariaDB no `--ssl-mode`; an unknown option is an error. */
function tlsOf({ tls, program = '' }: Input, { report, at }: Pick<SourceCall, 'report' | 'at'>): readonly string[] {
  if (tls === undefined) return []
  const { ca, cert, key, verify = true } = tls
  const files = [
    ...(ca === undefined ? [] : [`--ssl-ca=${ca}`]),
    ...(cert === undefined ? [] : [`--ssl-cert=${cert}`]),
    ...(key === undefined ? [] : [`--ssl-key=${key}`]),
  ]
  if (!isOfMysql(program)) return ['--ssl', ...files, verify ? '--ssl-verify-server-cert' : '--skip-ssl-verify-server-cert']
  if (verify && ca === undefined)
    report.error(
      locationOf(memberOf(at, 'tls') ?? at),
      'missing required key "ca": MySQL clients do not use the certificates of the system',
      'Add it, or use "mariadb-dump" as the program if this is a MariaDB client.',
    )
  return [...files, `--ssl-mode=${verify ? 'VERIFY_IDENTITY' : 'REQUIRED'}`]
}

function isOfMysql(program: string): boolean {
  return basename(program).startsWith('mysql')
}

/** The client that belongs to the dump program. */
function clientOf(program: string): string {
  const folder = program.slice(0, program.length - basename(program).length)
  return `${folder}${isOfMysql(program) ? 'mysql' : 'mariadb'}`
}

/** The arguments that must be the first, and the password, in an unnamed file. */
function optionFiles({ password, 'option-file': file }: Input, { report, at }: Pick<SourceCall, 'report' | 'at'>) {
  const parts = password === undefined ? undefined : readSecret(password, memberOf(at, 'password') ?? at, report)
  const options: CommandOptions = parts
    ? {
        extras: [
          {
            kind: 'secret-file',
            parts: [file === undefined ? '' : `!include ${file}\n`, '[client]\npassword="', ...quoteParts(parts, 'option-file'), '"\n'],
          },
        ],
      }
    : {}
  if (file === undefined) return { first: parts ? ['--defaults-extra-file=/dev/fd/3'] : [], options }
  return { first: [`--defaults-file=${parts ? '/dev/fd/3' : file}`], options }
}
