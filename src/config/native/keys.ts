import type { Report } from '../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf, membersOf } from '../../document/yaml/node.ts'
import type { Plan } from '../../plan/plan.ts'
import type { SecretRef } from '../../plan/secret.ts'
import { checkForm } from './schema/check-form.ts'
import { encryptionKey, type KeyInput } from './schema/filters.ts'
import { REFER_HINT } from './schema/schema-helpers.ts'
import { parseSecretText } from './secret-text.ts'

/** Recipients or a passphrase for encryption. */
export type EncryptionKey = { readonly identity?: SecretRef } & (
  | { readonly kind: 'age' | 'gpg'; readonly recipients: readonly string[] }
  | { readonly kind: 'passphrase'; readonly parts: readonly (string | SecretRef)[] }
)

/** Compiles `keys`. */
export function compileKeys(keys: LocatedNode | undefined, report: Report): ReadonlyMap<string, EncryptionKey | undefined> {
  return new Map(
    membersOf(keys).map((it) => {
      const input =
        it.key === 'none' ? report.error(locationOf(it), 'reserved name "none": it turns encryption off') : checkForm(it, encryptionKey, report)
      return [it.key, input === undefined ? undefined : compileKey(input, it, report)]
    }),
  )
}

/** The secret keys for restores. */
export function identitiesOf(keys: ReadonlyMap<string, EncryptionKey | undefined>): NonNullable<Plan['identities']> {
  return new Map(
    [...keys].flatMap(([name, key]) =>
      key?.identity ? [[name, { filter: key.kind === 'age' ? 'age' : 'gpg', identity: key.identity }] as const] : [],
    ),
  )
}

/** The passphrases, for restores. */
export function passphrasesOf(keys: ReadonlyMap<string, EncryptionKey | undefined>): NonNullable<Plan['passphrases']> {
  return new Map([...keys].flatMap(([name, key]) => (key?.kind === 'passphrase' ? [[name, { kind: 'joined', parts: key.parts }] as const] : [])))
}

function compileKey(input: KeyInput, at: LocatedNode, report: Report): EncryptionKey | undefined {
  const { age, gpg, passphrase, identity: identityText } = typeof input === 'string' ? { age: input } : input
  const identityAt = memberOf(at, 'identity')
  const identity = identityText === undefined ? undefined : readIdentity(identityText, identityAt ?? at, report)
  const more = identity ? { identity } : {}
  if (age !== undefined) {
    const recipients = [age].flat()
    return recipients.every((it) => isAgeRecipient(it, memberOf(at, 'age') ?? at, report)) ? { kind: 'age', recipients, ...more } : undefined
  }
  if (gpg !== undefined) return { kind: 'gpg', recipients: [gpg].flat(), ...more }
  const read = readSecret(passphrase ?? '', memberOf(at, 'passphrase') ?? at, report)
  return read && { kind: 'passphrase', parts: read, ...more }
}

function isAgeRecipient(recipient: string, at: LocatedNode, report: Report): boolean {
  if (/^AGE-SECRET-KEY-/iu.test(recipient)) {
    report.error(
      locationOf(at),
      'found an age secret key instead of a recipient',
      'Write the public key, as printed by "age-keygen -y", and keep the secret key elsewhere.',
    )
    return false
  }
  if (/^(?:age1|ssh-)/u.test(recipient)) return true
  report.error(locationOf(at), 'invalid age recipient', 'It must start with "age1", "ssh-ed25519" or "ssh-rsa". For GnuPG keys, write { gpg: … }.')
  return false
}

function readIdentity(text: string, at: LocatedNode, report: Report): SecretRef | undefined {
  const read = parseSecretText(text)
  if (read.kind === 'wrong') return report.error(locationOf(at), read.message, read.hint)
  const [only, more] = read.parts
  if (typeof only === 'object' && more === undefined) return only
  return report.error(locationOf(at), 'secret key in plain text', REFER_HINT)
}

/** A password or passphrase. Plain text is accepted, with a warning. */
export function readSecret(text: string, at: LocatedNode, report: Report): readonly (string | SecretRef)[] | undefined {
  const read = parseSecretText(text)
  if (read.kind === 'wrong') return report.error(locationOf(at), read.message, read.hint)
  if (read.parts.every((part) => typeof part === 'string')) report.warn(locationOf(at), 'secret in plain text', REFER_HINT)
  return read.parts
}
