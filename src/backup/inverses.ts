/** How to undo one filter, as a person would type it: stdin to stdout. */
export interface Inverse {
  readonly command: string
  /** The program that must be there. */
  readonly program: string
  /** Present when it needs a secret: the variable to set before, and what to put there. Without a variable, the program finds or asks for it. */
  readonly key?: { readonly variable?: string; readonly words: string }
}

const INVERSES: Readonly<Record<string, Inverse>> = {
  // A larger window than the default (--long at compression) must be allowed when reading; where it was not used, allowing it changes nothing.
  zstd: { command: 'zstd -dcq --long=31', program: 'zstd' },
  gzip: { command: 'gzip -dc', program: 'gzip' },
  xz: { command: 'xz -dc', program: 'xz' },
  bzip2: { command: 'bzip2 -dc', program: 'bzip2' },
  lz4: { command: 'lz4 -dc', program: 'lz4' },
  gpg: {
    command: 'gpg --quiet --decrypt',
    program: 'gpg',
    key: { words: 'The private key must be in your GnuPG keyring (`gpg --import FILE`); a passphrase is asked for.' },
  },
  age: {
    command: 'age --decrypt -i "$AGE_KEY"',
    program: 'age',
    key: { variable: 'AGE_KEY', words: 'Set `AGE_KEY` to the path of the age identity file, e.g. `export AGE_KEY=/media/stick/key.txt`.' },
  },
}

/** How to undo a filter of a manifest; undefined for one that we do not know. */
export function inverseOf(filter: string): Inverse | undefined {
  if (Object.hasOwn(INVERSES, filter)) return INVERSES[filter]
  const options = /^openssl enc(?<options>(?: [\w-]+)*)$/u.exec(filter)?.groups?.['options']
  if (options === undefined) return undefined
  return {
    command: `openssl enc -d${options} -pass "$OPENSSL_PASS"`,
    program: 'openssl',
    key: { variable: 'OPENSSL_PASS', words: 'Set `OPENSSL_PASS` to where the password is, e.g. `export OPENSSL_PASS=file:/media/stick/password`.' },
  }
}

/** Endings that a filter adds to a file's name. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  zstd: ['.zst', '.zstd'],
  gzip: ['.gz'],
  xz: ['.xz'],
  bzip2: ['.bz2'],
  lz4: ['.lz4'],
  gpg: ['.gpg', '.pgp', '.asc'],
  age: ['.age'],
  openssl: ['.enc', '.aes', '.ssl'],
}

/** A path less the endings of these filters, the last filter's being the last ending. What would leave no name stays. */
export function withoutSuffixes(path: string, filters: readonly string[]): string {
  let rest = path
  for (const filter of filters.toReversed()) {
    const suffix = SUFFIXES[filter.split(' ')[0] ?? '']?.find((it) => rest.endsWith(it))
    if (suffix !== undefined && !/(?:^|\/)$/u.test(rest.slice(0, -suffix.length))) rest = rest.slice(0, -suffix.length)
  }
  return rest
}
