import { resolve } from 'node:path'
import type { RestoreKeys } from '../backup/restore-commands.ts'
import type { Invocation } from './options.ts'
import type { World } from './world.ts'

/** The keys that `--identity` and `--passphrase-file` name, and where gpg finds its own. */
export function restoreKeys({ options }: Invocation, { env }: World): RestoreKeys {
  const { identity, passphraseFile } = options
  return {
    environment: Object.fromEntries(['HOME', 'GNUPGHOME'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    ...(typeof identity === 'string' && { identity: resolve(identity) }),
    ...(typeof passphraseFile === 'string' && { passphrase: { kind: 'file', path: resolve(passphraseFile) } }),
  }
}
