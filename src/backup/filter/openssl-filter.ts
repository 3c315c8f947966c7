const FLAGS: ReadonlySet<string> = new Set(['-salt', '-nosalt', '-pbkdf2', '-a', '-base64', '-A', '-nopad'])
const DIGESTS = /^(?:md5|sha1|sha224|sha256|sha384|sha512(?:-224|-256)?|sha3-(?:224|256|384|512)|blake2[bs]\d{0,3}|ripemd160|sm3|whirlpool)$/iu
/** The value of the previous option. More iterations would take minutes to derive one key. */
const VALUES: ReadonlyMap<string, RegExp> = new Map([
  ['-iter', /^[1-9]\d{0,7}$/u],
  ['-md', DIGESTS],
])
const MODES = '(?:cbc|cfb|cfb1|cfb8|ctr|ecb|ofb)'
const CIPHERS = new RegExp(
  `^-(?:(?:aes|aria|camellia)-?(?:128|192|256)|(?:aes|aria|camellia)-(?:128|192|256)-${MODES}|sm4(?:-${MODES})?|chacha20|des3?|desx(?:-cbc)?|des-(?:ede3?-)?${MODES}|des-ede3?)$`,
  'u',
)
const SECRETS: ReadonlySet<string> = new Set(['-pass', '-k', '-kfile'])

/**
 * `openssl enc` encrypting stdin to stdout with a password, as the options that the decryption must repeat: `openssl enc -aes-256-cbc -pbkdf2`. The
 * source of the password is omitted. Undefined for all other uses, including an explicit key (`-K`).
 */
export function opensslFilter(rest: readonly string[]): string | undefined {
  const [command = '', ...options] = rest
  // `openssl aes-256-cbc …` is the short form of `openssl enc -aes-256-cbc …`.
  const first = command === 'enc' ? [] : [`-${command}`]
  if (!first.every((it) => CIPHERS.test(it))) return undefined
  const parts = ['openssl enc', ...first]
  for (let index = 0; index < options.length; ) {
    const taken = optionAt(options, index) ?? leftOutAt(options, index)
    if (taken === undefined) return undefined
    parts.push(...taken.parts)
    index += taken.length
  }
  return parts.join(' ')
}

/**
 * The options that the decryption must repeat, from a filter `openssl enc …` of a manifest. Undefined for any other filter, and if it contains a word
 * that is not in the fixed list, because options of openssl can write files and load libraries.
 */
export function opensslOptions(filter: string): readonly string[] | undefined {
  const [program, command, ...options] = filter.split(' ')
  if (program !== 'openssl' || command !== 'enc') return undefined
  for (let index = 0; index < options.length; ) {
    const taken = optionAt(options, index)
    if (taken === undefined) return undefined
    index += taken.length
  }
  return options
}

interface Taken {
  /** The words that the decryption must repeat. */
  readonly parts: readonly string[]
  /** The number of words used. */
  readonly length: number
}

function optionAt(options: readonly string[], index: number): Taken | undefined {
  const [option = '', value = ''] = options.slice(index, index + 2)
  if (VALUES.get(option)?.test(value)) return { parts: [option, value], length: 2 }
  return FLAGS.has(option) || CIPHERS.test(option) ? { parts: [option], length: 1 } : undefined
}

function leftOutAt(options: readonly string[], index: number): Taken | undefined {
  const option = options[index] ?? ''
  if (option === '-e') return { parts: [], length: 1 }
  return SECRETS.has(option) ? { parts: [], length: 2 } : undefined
}
