import { opensslOptions } from './openssl-filter.ts'

/** How to reverse one filter: stdin to stdout. */
export interface Inverse {
  /** As typed by a user. */
  readonly command: string
  /** The required program. */
  readonly program: string
  /** Present if a secret is required: the variable to set, and its contents. Without a variable, the program finds it or asks for it. */
  readonly key?: KeyHint
}

export interface KeyHint {
  readonly variable?: string
  readonly words: string
}

const INVERSES = {
  // The decoder must permit a larger window than the default (--long during compression); this has no effect if none was used.
  zstd: { command: 'zstd -dcq --long=31', program: 'zstd' },
  gzip: { command: 'gzip -dc', program: 'gzip' },
  xz: { command: 'xz -dc', program: 'xz' },
  bzip2: { command: 'bzip2 -dc', program: 'bzip2' },
  lz4: { command: 'lz4 -dc', program: 'lz4' },
  gpg: {
    command: 'gpg --quiet --decrypt',
    program: 'gpg',
    key: { words: 'The private key must be in your GnuPG keyring (`gpg --import FILE`); gpg asks for its passphrase if it has one.' },
  },
  'gpg --symmetric': {
    command: 'gpg --batch --quiet --pinentry-mode loopback --passphrase-file "$GPG_PASSPHRASE_FILE" --decrypt',
    program: 'gpg',
    key: {
      variable: 'GPG_PASSPHRASE_FILE',
      words:
        'It is encrypted with a passphrase. Set `GPG_PASSPHRASE_FILE` to the path of a file that contains it, e.g. `export GPG_PASSPHRASE_FILE=/media/stick/passphrase`.',
    },
  },
  age: {
    command: 'age --decrypt -i "$AGE_KEY"',
    program: 'age',
    key: { variable: 'AGE_KEY', words: 'Set `AGE_KEY` to the path of the age identity file, e.g. `export AGE_KEY=/media/stick/key.txt`.' },
  },
} as const satisfies Readonly<Record<string, Inverse>>

/** A filter that is identified only by its name; `openssl enc` is identified by its options, too. */
export type NamedFilter = keyof typeof INVERSES

export const NAMED_FILTERS = Object.keys(INVERSES) as readonly NamedFilter[]

export function isNamedFilter(filter: string): filter is NamedFilter {
  return Object.hasOwn(INVERSES, filter)
}

/** How to reverse a filter of a manifest; undefined for an unknown one. */
export function inverseOf(filter: string): Inverse | undefined {
  if (isNamedFilter(filter)) return INVERSES[filter]
  const options = opensslOptions(filter)
  if (options === undefined) return undefined
  return {
    command: ['openssl enc -d', ...options, '-pass "$OPENSSL_PASS"'].join(' '),
    program: 'openssl',
    key: {
      variable: 'OPENSSL_PASS',
      words: 'Set `OPENSSL_PASS` to the source of the password, e.g. `export OPENSSL_PASS=file:/media/stick/password`.',
    },
  }
}

/** Extensions that a filter adds to a file name. */
const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    zstd: ['.zst', '.zstd'],
    gzip: ['.gz'],
    xz: ['.xz'],
    bzip2: ['.bz2'],
    lz4: ['.lz4'],
    gpg: ['.gpg', '.pgp', '.asc'],
    age: ['.age'],
    openssl: ['.enc', '.aes', '.ssl'],
  }),
)

/** A path without the extensions of these filters, starting with that of the last filter. The path is kept if no name would remain. */
export function withoutSuffixes(path: string, filters: readonly string[]): string {
  let rest = path
  for (const filter of filters.toReversed()) {
    const suffix = SUFFIXES.get(filter.split(' ')[0] ?? '')?.find((it) => rest.endsWith(it))
    if (suffix !== undefined && !/(?:^|\/)$/u.test(rest.slice(0, -suffix.length))) rest = rest.slice(0, -suffix.length)
  }
  return rest
}
