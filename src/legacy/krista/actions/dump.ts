import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { DatabaseServer } from '../../../plan/database-server.ts'
import type { DumpFiles, DumpStep, NameFormat } from '../../../plan/dated-files.ts'
import { type Attributes, patternsOf } from '../attributes.ts'
import { baseName } from '../base-name.ts'
import { chooseScheme } from '../choose-scheme.ts'
import type { ActionCall, Context } from '../context.ts'

const FORMATS = ['custom', 'directory', 'plain', 'tar'] as const
type Format = DumpStep['format']

const DEFAULT_PORT = 5432

export function compileDump(call: ActionCall): readonly DumpStep[] | undefined {
  const { attributes, options } = call
  const format = formatOf(attributes)
  const [program, ...more] = attributes.value('command_path') ? (attributes.words('command_path') ?? []) : ['pg_dump']
  const words = attributes.words('opts') ?? []
  const files = format && compileFiles(call, format)
  if (program === undefined && attributes.report.errors.length === 0)
    attributes.report.error(attributes.value('command_path') ?? attributes.at, 'expected a program name', 'Write pg_dump, or its path.')
  if (!format || !files || program === undefined || attributes.report.errors.length > 0) return undefined
  return [{ kind: 'dump', ...options, files, program, format, options: [...more, ...words] }]
}

function compileFiles(call: ActionCall, format: Format): DumpFiles | undefined {
  const { attributes, use } = call
  const digests = attributes.flag('checksum_file', false)
  const scheme = chooseScheme(call, digests ? ['dump', 'dumpDigest'] : ['dump'])
  const basename = baseName(call)
  const names = namesOf(attributes)
  const server = serverOf(attributes, use.context)
  if (!scheme || basename === undefined || !names || !server) return undefined
  const isOne = names !== 'all' && new Set(names).size <= 1
  if (!isOne && !namesDatabase(scheme.dump))
    return attributes.report.error(attributes.at, 'dumps of several databases would have the same name', 'Add {dbname} to the format.')
  if (!isOne && digests && !namesDatabase(scheme.dumpDigest))
    attributes.report.warn(
      attributes.at,
      'digests of several databases have the same name, so only the last one is kept',
      'Add {dbname} to its format.',
    )
  return {
    kind: 'dumps',
    basename,
    scheme,
    folder: attributes.text('dest_path') ?? '.',
    databases: { names, exclude: patternsOf(attributes) },
    server,
    areFolders: format === 'directory',
    digests,
  }
}

function namesDatabase(format: NameFormat): boolean {
  return format.some((part) => part.kind === 'field' && part.field === 'dbname')
}

function formatOf(attributes: Attributes): Format | undefined {
  const word = attributes.text('format')?.trim().toLowerCase() ?? 'custom'
  const found = FORMATS.find((it) => it === word)
  return (
    found ??
    attributes.report.error(
      attributes.value('format') ?? attributes.at,
      `unknown format ${quoted(word)}`,
      didYouMean(nearest(word, FORMATS)) ?? `Valid formats: ${FORMATS.join(', ')}.`,
    )
  )
}

function namesOf(attributes: Attributes): DumpFiles['databases']['names'] | undefined {
  const mode = attributes.text('mode') ?? 'single'
  if (mode === 'all') return 'all'
  const { report } = attributes
  if (mode !== 'single')
    return report.error(
      attributes.value('mode') ?? attributes.at,
      `unknown mode ${quoted(mode)}`,
      didYouMean(nearest(mode, ['all', 'single'])) ?? 'Write "single" or "all".',
    )
  const names = attributes.list('databases')
  if (names.length > 0 && !names.includes('')) return names
  return report.error(
    attributes.value('databases') ?? attributes.at,
    names.length === 0 ? 'no databases are configured' : 'database name is empty',
    'Add them to "databases", or write "mode: all".',
  )
}

function serverOf(attributes: Attributes, { environment, searchPath }: Context): DatabaseServer | undefined {
  const user = attributes.text('user') || undefined
  const host = attributes.text('host') || undefined
  const port = portOf(attributes)
  if (user === undefined) reportUseless(['host', 'password'], attributes)
  const password = passwordOf(attributes)
  return {
    kind: 'postgresql',
    ...(user === undefined ? { runAs: 'postgres' } : { user, ...(host !== undefined && { host }) }),
    ...(port !== undefined && port > 0 && { port }),
    ...(user !== undefined && password !== undefined && { password: { kind: 'plain', value: password } }),
    environment,
    searchPath,
  }
}

function portOf(attributes: Attributes): number | undefined {
  const at = attributes.value('port')
  const port = attributes.number('port', 0)
  if (!at) return DEFAULT_PORT
  return port !== undefined && port > 65_535
    ? attributes.report.error(at, 'invalid port: must be at most 65535', 'Write the port of the server.')
    : port
}

function reportUseless(keys: readonly string[], { value, report }: Attributes): void {
  for (const key of keys) {
    const at = value(key)
    if (at) report.warn(at, `"${key}" has no effect without "user"`, 'Set "user" as well, or remove it.')
  }
}

// Its value is never printed, so it is not read like other texts.
function passwordOf({ value, report }: Attributes): string | undefined {
  const at = value('password')
  if (!at) return undefined
  if (at.node.kind !== 'scalar') return report.error(at, 'expected a string', 'Put the password in quotes.')
  return at.node.text === '' ? undefined : at.node.text
}
