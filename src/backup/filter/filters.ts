import { basename } from 'node:path/posix'
import type { NamedFilter } from './inverse-filters.ts'
import { opensslFilter } from './openssl-filter.ts'
import { type Argv, tarFilters } from './tar-source.ts'

/** How to reverse a pipeline. */
export interface Content {
  /**
   * The reversible filters between the source and the stored bytes, in order: `zstd`, `gzip`, `xz`, `bzip2`, `lz4`, `age`, `gpg`, `gpg --symmetric`
   * (only with a passphrase), or `openssl enc` with its options, without secrets.
   */
  readonly filters: readonly string[]
  /** `tar`: the input of the filters is a tar archive. Absent: unknown. */
  readonly source?: 'tar'
}

/**
 * Recognizes, by the names and arguments of the programs, the compressors and encryption programs at the end of a pipeline, and whether their input
 * is a tar archive. Stops at the first unknown stage.
 */
export function describeContent(stages: readonly { readonly argv: Argv }[]): Content {
  const filters: string[] = []
  const before = stages.map(({ argv }) => unwrapped(argv))
  while (before.length > 1) {
    const argv = before.at(-1) ?? ['']
    const filter = filterOf(argv)
    if (filter === undefined && !passesThrough(argv)) break
    if (filter !== undefined) filters.unshift(filter)
    before.pop()
  }
  const [source, ...unknown] = before
  const within = source === undefined || unknown.length > 0 ? undefined : tarFilters(source)
  return within === undefined ? { filters } : { filters: [...within, ...filters], source: 'tar' }
}

const VALUE_OPTIONS = new Set(['-n', '-c', '--adjustment', '--class', '--classdata'])

/** The program that `nice` and `ionice` start. */
function unwrapped(argv: Argv): Argv {
  const [program, ...rest] = argv
  if (basename(program) !== 'nice' && basename(program) !== 'ionice') return argv
  const at = rest.findIndex((argument, index) => !argument.startsWith('-') && !VALUE_OPTIONS.has(rest[index - 1] ?? ''))
  const [inner, ...innerRest] = at === -1 ? [] : rest.slice(at)
  return inner === undefined ? argv : unwrapped([inner, ...innerRest])
}

/** Programs that pass on their input unchanged. */
function passesThrough([program, ...rest]: Argv): boolean {
  switch (basename(program)) {
    case 'cat':
      return rest.every((it) => it === '-' || it === '-u')
    case 'dd':
      return rest.every((it) => /^(?:bs|ibs|obs|status)=/u.test(it) || it === 'iflag=fullblock')
    case 'tee':
    case 'pv':
      return true
    default:
      return false
  }
}

/** Options with which a compressor does not compress stdin to stdout. */
const COMPRESSORS: ReadonlyMap<string, { readonly filter: NamedFilter; readonly refuses?: RegExp }> = new Map(
  Object.entries({
    zstd: { filter: 'zstd', refuses: /^(?:-D.*|--patch-from.*|--train.*|--format=.*|-b\d*)$/u },
    zstdmt: { filter: 'zstd', refuses: /^(?:-D.*|--patch-from.*|--train.*|--format=.*|-b\d*)$/u },
    pzstd: { filter: 'zstd' },
    gzip: { filter: 'gzip' },
    pigz: { filter: 'gzip', refuses: /^(?:-z|--zlib|-K|--zip|-k?K.*)$/u },
    xz: { filter: 'xz', refuses: /^(?:-F.*|--format.*|--flush-timeout.*)$/u },
    pixz: { filter: 'xz' },
    bzip2: { filter: 'bzip2' },
    pbzip2: { filter: 'bzip2' },
    lbzip2: { filter: 'bzip2' },
    lz4: { filter: 'lz4', refuses: /^(?:-D.*|-b\d*)$/u },
  }),
)

/** The known compressors, for tests. */
export const COMPRESSOR_PROGRAMS: readonly string[] = [...COMPRESSORS.keys()]

function filterOf([program, ...rest]: Argv): string | undefined {
  const name = basename(program)
  if (name === 'gpg' || name === 'gpg2') return gpgFilter(rest)
  if (name === 'age' || name === 'rage') return encryptsByAge(rest) ? 'age' : undefined
  if (name === 'openssl') return opensslFilter(rest)
  const known = COMPRESSORS.get(name)
  if (known === undefined || rest.some((it) => isReading(it) || namesFile(it) || known.refuses?.test(it) === true)) return undefined
  return known.filter
}

/** `-d`, `-dc`, `--decompress`, `-t`, `-l` and similar; no supported compressor uses them for anything else. */
function isReading(argument: string): boolean {
  if (argument.startsWith('--')) return /^--(?:decompress|uncompress|test|list)$/u.test(argument)
  return /^-[a-z0-9]*[dtl][a-z0-9]*$/iu.test(argument) && /[dtl]/u.test(argument)
}

/** A compressor with a file name does not read stdin. Numbers are values of the previous options (`-T 0`). */
function namesFile(argument: string): boolean {
  return !argument.startsWith('-') && !/^\d+[kKMG]?i?B?%?$/u.test(argument)
}

function gpgFilter(rest: readonly string[]): NamedFilter | undefined {
  const asks = (long: string, short: RegExp) => rest.some((it) => it === long || short.test(it))
  if (writesElsewhere(rest)) return undefined
  // With both, the private key can decrypt it, too, and gpg detects this by itself.
  if (asks('--encrypt', /^-[a-z]*e[a-z]*$/u)) return 'gpg'
  return asks('--symmetric', /^-[a-z]*c[a-z]*$/u) ? 'gpg --symmetric' : undefined
}

function encryptsByAge(rest: readonly string[]): boolean {
  return rest.some((it) => /^(?:-r|-R|-e|-p|--recipient(?:s-file)?(?:=.*)?|--encrypt|--passphrase)/u.test(it)) && !writesElsewhere(rest)
}

function writesElsewhere(rest: readonly string[]): boolean {
  return rest.some((it, index) => it === '--decrypt' || it === '-d' || ((it === '-o' || it === '--output') && rest[index + 1] !== '-'))
}
