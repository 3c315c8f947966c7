import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { count, filledText, key, mapping, oneForm, required, told } from './words.ts'

const METHODS = ['zstd', 'gzip', 'xz', 'none'] as const

const detailed = mapping({
  method: required('zstd, gzip, xz or none.', z.enum(METHODS)),
  level: key('How hard to try: zstd 1 to 22, gzip 1 to 9, xz 0 to 9. Not said: what the program takes.', count),
  threads: key('How many threads; 0 as many as there are CPUs. Not said: 0. gzip with more than one is done by pigz.', count),
}).check((context) => {
  const { method, level } = context.value
  const [lowest, highest] = { zstd: [1, 22], gzip: [1, 9], xz: [0, 9], none: [0, 0] }[method] as [number, number]
  if (level !== undefined && (level < lowest || level > highest))
    context.issues.push({ code: 'custom', path: ['level'], input: level, message: told(`a level of ${method} is from ${lowest} to ${highest}`) })
})

export const compress = oneForm('the name of a method, or an object with "method"', [z.enum(METHODS), detailed])
export const COMPRESS_MEANING = 'How objects are compressed: zstd (when nothing is said), gzip, xz, none, or an object with more.'

export const encrypt = oneForm('the name of a key, or a list of them', [
  filledText,
  z.array(filledText).min(1, told('the name of a key is expected')),
])
export const ENCRYPT_MEANING = 'For whom objects are encrypted: the name of a key of "keys", several, or "none" (when nothing is said).'

const oneOrMore = (words: string) => oneForm(words, [filledText, z.array(filledText).min(1, told('a recipient is expected'))])

const keyObject = mapping({
  age: key('Recipients of age: "age1…" or "ssh-ed25519 …".', oneOrMore('a recipient of age, or a list of them')),
  gpg: key('Recipients of GnuPG: fingerprints, or addresses of public keys in the keyring.', oneOrMore('a recipient of GnuPG, or a list of them')),
  passphrase: key(`A passphrase for GnuPG, in place of recipients; best a reference: ${REFERENCES}.`, filledText),
  identity: key(
    `Where restores find the secret key of age: ${REFERENCES}. Not needed for backups. That of GnuPG must be in the keyring.`,
    filledText,
  ),
}).check((context) => {
  const { age, gpg, passphrase } = context.value
  if ([age, gpg, passphrase].filter((it) => it !== undefined).length !== 1)
    context.issues.push({ code: 'custom', input: context.value, message: told('one of "age", "gpg" and "passphrase" is expected') })
})

/** A key: a recipient of age, or an object. */
export const encryptionKey = oneForm('a recipient of age, or an object with "age", "gpg" or "passphrase"', [filledText, keyObject])

export type CompressInput = z.output<typeof compress>
export type KeyInput = z.output<typeof encryptionKey>
