import { dirname } from 'node:path'
import { ALLOW_UNSAFE, configTruster } from '../../app/host/trusted-reader.ts'
import { UsageError } from '../../app/usage-error.ts'
import { isAbsent } from '../../files/entries.ts'
import { closeWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { userEntry } from '../../lib/user/user-entry.ts'
import type { CliHost } from '../cli-host.ts'
import type { GlobalOptions } from './options.ts'

/** Variables by which a caller could select the files that are read, and therefore the programs that are run. */
const CHOOSING =
  /^(?:HOLDFAST_STATE|CREDENTIALS_DIRECTORY|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_CA_BUNDLE|AWS_WEB_IDENTITY_TOKEN_FILE|AWS_ENDPOINT_URL\w*|RCLONE_CONFIG|GNUPGHOME|XDG_(?:CONFIG|STATE)_HOME)$/u

/**
 * Rejects if another user, who is permitted to call this command as root, selects the configuration or the state: a check runs programs that the
 * configuration names. The caller is known only from the variables of sudo and doas; the sudoers rule must prevent changes of them.
 */
export async function refuseUntrustedOptions({ file, allowsUnsafe }: GlobalOptions, { env, uid }: Pick<CliHost, 'env' | 'uid'>): Promise<void> {
  if (uid !== 0 || !isCalledByOther(env)) return
  const chosen = [
    ...(file === undefined ? [] : ['-f']),
    ...(allowsUnsafe === true ? [ALLOW_UNSAFE] : []),
    ...Object.keys(env).filter((name) => CHOOSING.test(name)),
    // Programs and the AWS SDK read settings there that can name other programs.
    ...(env['HOME'] === undefined || env['HOME'] === userEntry()?.homedir ? [] : ['HOME']),
    ...((await isSafeSearchPath(env['PATH'] ?? '')) ? [] : ['PATH']),
  ]
  if (chosen.length === 0) return
  throw new UsageError(`${chosen.join(', ')} not allowed for a check that another user starts with sudo`, {
    hint: 'Omit it; the default configuration of this host is checked.',
  })
}

function isCalledByOther({ SUDO_UID: sudoUid, SUDO_USER: sudoUser, DOAS_USER: doasUser, PKEXEC_UID: pkexecUid }: CliHost['env']): boolean {
  const uids = [sudoUid, pkexecUid].filter((it) => it !== undefined)
  const users = [sudoUser, doasUser].filter((it) => it !== undefined)
  return uids.some((it) => it !== '0') || users.some((it) => it !== 'root')
}

/** Whether only root can write to one of these folders. */
async function isSafeSearchPath(path: string): Promise<boolean> {
  const safe = await Promise.all(path.split(':').map((folder) => (folder.startsWith('/') ? isSafeFolder(folder) : folder === '' && path === '')))
  return safe.every(Boolean)
}

async function isSafeFolder(path: string): Promise<boolean> {
  try {
    const walked = await walkPath(path, configTruster())
    await closeWalked(walked)
    return walked.problems.length === 0
  } catch (error) {
    // A user who can write in the parent folder can create it.
    return isAbsent(error) && (await isSafeFolder(dirname(path)))
  }
}
