import { resolve } from 'node:path'
import type { RestoreKeys } from '../backup/restore-commands.ts'
import type { Plan } from '../plan/plan.ts'
import type { ResolveSecret, SecretRef } from '../plan/secret.ts'
import type { Invocation } from './options.ts'
import { secretResolver } from './resolve-secret.ts'
import type { World } from './world.ts'

/** The keys that `--identity` and `--passphrase-file` name, else those of the plan that can be read now; and where gpg finds its own. */
export async function restoreKeys({ options }: Invocation, world: World, plan: Plan): Promise<RestoreKeys> {
  const { env } = world
  const { identity, passphraseFile } = options
  const ofAge = [...(plan.identities?.values() ?? [])].filter(({ filter }) => filter === 'age').map((it) => it.identity)
  // Which of several it was is not recorded.
  const [symmetric, ...others] = plan.passphrases?.values() ?? []
  return {
    environment: Object.fromEntries(['HOME', 'GNUPGHOME'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    identities: await readable(ofAge, secretResolver(world)),
    ...(symmetric !== undefined && others.length === 0 && { symmetric }),
    ...(typeof identity === 'string' && { identity: resolve(identity) }),
    ...(typeof passphraseFile === 'string' && { passphrase: { kind: 'file', path: resolve(passphraseFile) } }),
  }
}

/** Keys are often kept elsewhere than backups are made: those that are not there now are left out. */
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
