import { basename } from 'node:path/posix'

export type Argv = readonly [string, ...string[]]

// GNU tar's short options that take a value (tar(1)).
const WITH_VALUE = 'bCfFgHIKLNTVX'

const COMPRESSION: ReadonlyMap<string, string> = new Map(
  Object.entries({
    z: 'gzip',
    '--gzip': 'gzip',
    '--gunzip': 'gzip',
    j: 'bzip2',
    '--bzip2': 'bzip2',
    J: 'xz',
    '--xz': 'xz',
    '--zstd': 'zstd',
  }),
)

// Archives made with these options cannot be read without further knowledge.
const NOT_UNDERSTOOD = new Set([
  'a',
  'I',
  'Z',
  'M',
  '--auto-compress',
  '--use-compress-program',
  '--compress',
  '--lzma',
  '--lzip',
  '--lzop',
  '--multi-volume',
])

/** For a command that writes a tar archive to stdout: the filters that tar applies itself, usually none. Undefined if it does not, or if this is unknown. */
export function tarFilters([program, ...rest]: Argv): readonly string[] | undefined {
  if (!['tar', 'gtar', 'bsdtar'].includes(basename(program))) return undefined
  const options = tarOptions(rest)
  const names = options.map(({ name }) => name)
  const creates = names.includes('c') || names.includes('--create')
  const isToStdout = options.every(({ name, value }) => (name !== 'f' && name !== '--file') || value === '-')
  if (!creates || !isToStdout || names.some((name) => NOT_UNDERSTOOD.has(name))) return undefined
  return names.flatMap((name) => COMPRESSION.get(name) ?? [])
}

interface Option {
  readonly name: string
  readonly value?: string | undefined
}

function tarOptions(rest: readonly string[]): readonly Option[] {
  const options: Option[] = []
  const [first = ''] = rest
  // The traditional form: `tar cf - /etc`, with values in the order of the letters.
  const isOldStyle = /^[a-z]+$/iu.test(first)
  const values = (isOldStyle ? rest.slice(1) : rest).values()
  if (isOldStyle) for (const name of first) options.push({ name, value: WITH_VALUE.includes(name) ? values.next().value : undefined })
  for (const argument of values) {
    if (argument === '--') break
    options.push(...optionsIn(argument, () => values.next().value))
  }
  return options
}

function optionsIn(argument: string, next: () => string | undefined): readonly Option[] {
  if (argument.startsWith('--')) {
    const [name = '', value] = argument.split(/=(?<value>.*)/su)
    return [{ name, value: value ?? (name === '--file' || name === '--use-compress-program' ? next() : undefined) }]
  }
  if (!argument.startsWith('-') || argument === '-') return []
  const options: Option[] = []
  const letters = argument.slice(1)
  for (const [index, name] of [...letters].entries()) {
    if (!WITH_VALUE.includes(name)) {
      options.push({ name })
      continue
    }
    const inWord = letters.slice(index + 1)
    return [...options, { name, value: inWord === '' ? next() : inWord }]
  }
  return options
}
