import { resolve } from 'node:path'
import type { RestoreKeys } from '../../backup/filter/restore-commands.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ResolveSecret, SecretRef } from '../../plan/secret.ts'
import type { Host } from '../host/host.ts'
import { secretResolver } from '../host/resolve-secret.ts'

/** Files with keys, instead of those in the plan. */
export interface KeyFiles {
  readonly identity?: string
  readonly passphraseFile?: string
}

/** The keys in these files, otherwise those of the plan that can be read now; and where gpg finds its keyring. */
export async function restoreKeys({ identity, passphraseFile }: KeyFiles, plan: Plan, host: Host): Promise<RestoreKeys> {
  const { env } = host
  const ofAge = [...(plan.identities?.values() ?? [])].filter(({ filter }) => filter === 'age').map((it) => it.identity)
  // The set does not record which of several keys was used.
  const [symmetric, ...others] = plan.passphrases?.values() ?? []
  return {
    environment: Object.fromEntries(['HOME', 'GNUPGHOME'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    identities: await readable(ofAge, secretResolver(host)),
    ...(symmetric !== undefined && others.length === 0 && { symmetric }),
    ...(identity !== undefined && { identity: resolve(identity) }),
    ...(passphraseFile !== undefined && { passphrase: { kind: 'file', path: resolve(passphraseFile) } }),
  }
}

/** Keys are often not stored on the host that makes backups: missing ones are skipped. */
async function readable(refs: readonly SecretRef[], resolveSecret: ResolveSecret): Promise<readonly SecretRef[]> {
  const found: SecretRef[] = []
  for (const ref of refs) {
    const isThere = await resolveSecret(ref).then(
      () => true,
      () => false,
    )
    if (isThere) found.push(ref)
  }
  return found
}
