import type { ValueOf } from '../form/form.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required } from '../form/mapping.ts'
import { count, filledText, issueText, REFERENCES } from './schema-helpers.ts'

const METHODS = ['zstd', 'gzip', 'xz', 'none'] as const

const detailed = mapping(() => ({
  method: required('zstd, gzip, xz or none.', forms.choice(METHODS)),
  level: key("Compression level: zstd 1 to 22, gzip 1 to 9, xz 0 to 9. Default: the program's default.", count),
  threads: key('Number of threads; 0: one for each CPU. Default: 0. With more than one, gzip compression uses pigz.', count),
})).check((context) => {
  const { method, level } = context.value
  const [lowest, highest] = { zstd: [1, 22], gzip: [1, 9], xz: [0, 9], none: [0, 0] }[method] as [number, number]
  if (level !== undefined && (level < lowest || level > highest))
    context.issues.push({
      code: 'custom',
      path: ['level'],
      input: level,
      message: issueText(`invalid level: ${method} supports ${lowest} to ${highest}`),
    })
})

export const compress = oneForm('the name of a method, or an object with "method"', [forms.choice(METHODS), detailed])
export const COMPRESS_MEANING = 'Compression method: zstd (default), gzip, xz, none, or a mapping with more settings.'

export const encrypt = oneForm('the name of a key, or a list of them', [
  filledText,
  forms.list(filledText).min(1, issueText('at least one key is required')),
])
export const ENCRYPT_MEANING = 'Encryption keys: the name of a key under "keys", a list of names, or "none" (default).'

const oneOrMore = (words: string) => oneForm(words, [filledText, forms.list(filledText).min(1, issueText('at least one recipient is required'))])

const keyObject = mapping(() => ({
  age: key('age recipients: "age1…" or "ssh-ed25519 …".', oneOrMore('an age recipient, or a list of them')),
  gpg: key('GnuPG recipients: fingerprints, or addresses of public keys in the keyring.', oneOrMore('a GnuPG recipient, or a list of them')),
  passphrase: key(`Passphrase for GnuPG, instead of recipients; preferably a reference: ${REFERENCES}.`, filledText),
  identity: key(`age secret key, for restores: ${REFERENCES}. Not needed for backups. The GnuPG secret key must be in the keyring.`, filledText),
})).check((context) => {
  const { age, gpg, passphrase } = context.value
  if ([age, gpg, passphrase].filter((it) => it !== undefined).length !== 1)
    context.issues.push({ code: 'custom', input: context.value, message: issueText('exactly one of "age", "gpg" and "passphrase" is required') })
})

/** A key: a recipient of age, or an object. */
export const encryptionKey = oneForm('an age recipient, or an object with "age", "gpg" or "passphrase"', [filledText, keyObject])

export type CompressInput = ValueOf<typeof compress>
export type KeyInput = ValueOf<typeof encryptionKey>
