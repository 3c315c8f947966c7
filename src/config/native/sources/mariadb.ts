import { basename } from 'node:path/posix'
import { memberOf } from '../../../document/yaml/node.ts'
import { readSecret } from '../keys.ts'
import type { SourceInput } from '../schema/sources.ts'
import { quoteParts } from '../secret-text.ts'
import { type CommandOptions, commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'
import { withEndMark } from './with-end-mark.ts'

type Input = SourceInput<'mariadb'>

const END = '-- Dump completed(?: on [-0-9]+ +[0-9:]+)?\\s*$'

/** One dump of all selected databases, at one point in time (`--single-transaction`: InnoDB tables), with routines, events and triggers. */
export function mariadbSource(input: Input, { settings, report, at }: SourceCall): readonly SourceObject[] {
  const { databases, program = 'mariadb-dump', opts = [] } = input
  const options = passwordOptions(input, { report, at })
  const connect = [
    // Must be the first argument.
    ...(options.extras ? ['--defaults-extra-file=/dev/fd/3'] : []),
    ...(input.host === undefined ? [] : [input.host.startsWith('/') ? `--socket=${input.host}` : `--host=${input.host}`]),
    ...(input.port === undefined ? [] : [`--port=${input.port}`]),
    ...(input.user === undefined ? [] : [`--user=${input.user}`]),
  ]
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
    ...opts,
    ...what,
  ] as const
  const ask = [clientOf(program), ...connect, '--batch', '--skip-column-names', '--execute=select version()'] as const
  return [
    {
      ...withEndMark(commandIn(settings, dump, options), { pattern: END }, settings),
      probes: [{ name: 'server-version', command: commandIn(settings, ask, options) }],
      source: { kind: 'mariadb', databases },
      suffix: '.sql',
    },
  ]
}

/** The client that belongs to the dump program. */
function clientOf(program: string): string {
  const folder = program.slice(0, program.length - basename(program).length)
  return `${folder}${basename(program).startsWith('mysql') ? 'mysql' : 'mariadb'}`
}

function passwordOptions({ password }: Input, { report, at }: Pick<SourceCall, 'report' | 'at'>): CommandOptions {
  const parts = password === undefined ? undefined : readSecret(password, memberOf(at, 'password') ?? at, report)
  return parts ? { extras: [{ kind: 'secret-file', parts: ['[client]\npassword="', ...quoteParts(parts, 'option-file'), '"\n'] }] } : {}
}
