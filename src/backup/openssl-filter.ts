const SAFE_FLAGS = new Set(['-salt', '-nosalt', '-pbkdf2', '-a', '-base64', '-A', '-nopad'])
const SAFE_VALUES = new Set(['-iter', '-md'])
const SECRETS = new Set(['-pass', '-k', '-kfile'])

/**
 * `openssl enc` that encrypts stdin to stdout by a password, as the options that the decryption must repeat: `openssl enc -aes-256-cbc -pbkdf2`.
 * Where the password comes from is left out. Undefined for anything else, also for a key given as such (`-K`).
 */
export function opensslFilter(rest: readonly string[]): string | undefined {
  const [command = '', ...options] = rest
  const parts = ['openssl enc']
  for (let index = command === 'enc' ? 0 : -1; index < options.length; ) {
    // `openssl aes-256-cbc …` is the short form of `openssl enc -aes-256-cbc …`.
    const taken = index === -1 ? cipherOf(`-${command}`) : partAt(options, index)
    if (taken === undefined) return undefined
    parts.push(...taken.parts)
    index += taken.length
  }
  return parts.join(' ')
}

interface Part {
  /** What the decryption must repeat. */
  readonly parts: readonly string[]
  /** How many words it took. */
  readonly length: number
}

function partAt(options: readonly string[], index: number): Part | undefined {
  const option = options[index] ?? ''
  const value = options[index + 1]
  if (option === '-e') return { parts: [], length: 1 }
  if (SECRETS.has(option)) return { parts: [], length: 2 }
  if (SAFE_FLAGS.has(option)) return { parts: [option], length: 1 }
  if (SAFE_VALUES.has(option)) return value !== undefined && /^[\w-]+$/u.test(value) ? { parts: [option, value], length: 2 } : undefined
  return cipherOf(option)
}

function cipherOf(option: string): Part | undefined {
  return /^-(?:aes|aria|camellia|chacha20|des|des3|sm4)[\w-]*$/u.test(option) ? { parts: [option], length: 1 } : undefined
}
