import { isAbsolute, join, resolve } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import { homeFolder } from '../../lib/user/home-folder.ts'
import type { Host } from './host.ts'

class NoHomeError extends AppError {
  readonly code = 'cli/no-home'
}

/**
 * The folder for locks and records of the host: `$HOLDFAST_STATE`; for root `/var/lib/holdfast`; otherwise `holdfast` in the state folder of the XDG
 * Base Directory Specification, according to which a relative `XDG_STATE_HOME` is ignored. Creates nothing. Throws `cli/no-home` if it is not known.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  const { HOLDFAST_STATE: own, XDG_STATE_HOME: xdg } = env
  if (own) return resolve(own)
  if (uid === 0) return '/var/lib/holdfast'
  if (xdg && isAbsolute(xdg)) return join(xdg, 'holdfast')
  const home = homeFolder(env)
  if (home === undefined)
    throw new NoHomeError(`user ${uid} has no home folder: HOME is not set, and the user database does not contain the user`, {
      hint: 'Set HOLDFAST_STATE to a folder for locks and records, or set HOME.',
    })
  return join(home, '.local', 'state', 'holdfast')
}

/** The folder in which runs of this user record the processes that they start. */
export function recordFolder({ env, uid }: Pick<Host, 'env' | 'uid'>): string {
  return join(stateFolder(env, uid), 'processes')
}

/** The folder in which restores record their destinations. */
export function restoreFolder({ env, uid }: Pick<Host, 'env' | 'uid'>): string {
  return join(stateFolder(env, uid), 'restores')
}

/** The folder in which restores into databases record what they create on servers. */
export function databaseRecordFolder({ env, uid }: Pick<Host, 'env' | 'uid'>): string {
  return join(stateFolder(env, uid), 'databases')
}
