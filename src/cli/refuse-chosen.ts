import { ALLOW_UNSAFE, type GlobalOptions, UsageError } from './options.ts'
import type { World } from './world.ts'

/** Variables by which a caller could choose what is read, and so what is run. */
const CHOOSING =
  /^(?:HOLDFAST_STATE|CREDENTIALS_DIRECTORY|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|RCLONE_CONFIG|GNUPGHOME|XDG_(?:CONFIG|STATE)_HOME)$/u

/**
 * Throws where another user, who may call this command as root, chooses the configuration or the state: a check runs programs that the configuration names.
 * Who called is known only by the variables of sudo and doas; the rule of sudoers must not let them be changed.
 */
export function refuseChosenByOther({ file, allowsUnsafe }: GlobalOptions, { env, uid }: Pick<World, 'env' | 'uid'>): void {
  if (uid !== 0 || !isCalledByOther(env)) return
  const chosen = [
    ...(file === undefined ? [] : ['-f']),
    ...(allowsUnsafe === true ? [ALLOW_UNSAFE] : []),
    ...Object.keys(env).filter((name) => CHOOSING.test(name)),
  ]
  if (chosen.length === 0) return
  throw new UsageError(`${chosen.join(', ')} not allowed for a check that another user starts with sudo`, {
    hint: 'Omit it; the default configuration of this host is checked.',
  })
}

function isCalledByOther({ SUDO_UID: sudoUid, SUDO_USER: sudoUser, DOAS_USER: doasUser, PKEXEC_UID: pkexecUid }: World['env']): boolean {
  const uids = [sudoUid, pkexecUid].filter((it) => it !== undefined)
  const users = [sudoUser, doasUser].filter((it) => it !== undefined)
  return uids.some((it) => it !== '0') || users.some((it) => it !== 'root')
}
