import { basename } from 'node:path/posix'
import type { NamedFilter } from './inverses.ts'
import { opensslFilter } from './openssl-filter.ts'
import { type Argv, tarFilters } from './tar-source.ts'

/** What a pipeline says about how to undo it. */
export interface Content {
  /**
   * What lies between the source and the stored bytes and can be undone, in order: `zstd`, `gzip`, `xz`, `bzip2`, `lz4`, `age`, `gpg`,
   * `gpg --symmetric` (by a passphrase alone), or `openssl enc` with its options, secrets left out.
   */
  readonly filters: readonly string[]
  /** `tar`: what they were given is a tar archive. Absent: not known. */
  readonly source?: 'tar'
}

/**
 * Recognises, by the names and arguments of a pipeline's programs, which compressors and encryptors stand at its end and whether they were given a
 * tar archive. Claims nothing that it does not know: a stage that is not understood ends the look.
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

/** What `nice` and `ionice` start: they change how, not what. */
function unwrapped(argv: Argv): Argv {
  const [program, ...rest] = argv
  if (basename(program) !== 'nice' && basename(program) !== 'ionice') return argv
  const at = rest.findIndex((argument, index) => !argument.startsWith('-') && !VALUE_OPTIONS.has(rest[index - 1] ?? ''))
  const [inner, ...innerRest] = at === -1 ? [] : rest.slice(at)
  return inner === undefined ? argv : unwrapped([inner, ...innerRest])
}

/** Programs that hand on what they are given, byte for byte. */
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

/** What a compressor must not be asked for: then it does something else than to compress stdin to stdout. */
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

/** The programs that are known as compressors, for tests of them all. */
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

/** `-d`, `-dc`, `--decompress`, `-t`, `-l` and the like, which no compressor among ours means otherwise. */
function isReading(argument: string): boolean {
  if (argument.startsWith('--')) return /^--(?:decompress|uncompress|test|list)$/u.test(argument)
  return /^-[a-z0-9]*[dtl][a-z0-9]*$/iu.test(argument) && /[dtl]/u.test(argument)
}

/** A compressor that is given a file's name does not read stdin. Numbers are values of the options before them (`-T 0`). */
function namesFile(argument: string): boolean {
  return !argument.startsWith('-') && !/^\d+[kKMG]?i?B?%?$/u.test(argument)
}

function gpgFilter(rest: readonly string[]): NamedFilter | undefined {
  const asks = (long: string, short: RegExp) => rest.some((it) => it === long || short.test(it))
  if (writesElsewhere(rest)) return undefined
  // Both at once: the private key opens it too, and gpg finds out by itself.
  if (asks('--encrypt', /^-[a-z]*e[a-z]*$/u)) return 'gpg'
  return asks('--symmetric', /^-[a-z]*c[a-z]*$/u) ? 'gpg --symmetric' : undefined
}

function encryptsByAge(rest: readonly string[]): boolean {
  return rest.some((it) => /^(?:-r|-R|-e|-p|--recipient(?:s-file)?(?:=.*)?|--encrypt|--passphrase)/u.test(it)) && !writesElsewhere(rest)
}

function writesElsewhere(rest: readonly string[]): boolean {
  return rest.some((it, index) => it === '--decrypt' || it === '-d' || ((it === '-o' || it === '--output') && rest[index + 1] !== '-'))
}
