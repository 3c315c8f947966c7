import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

import type { Host } from './host.ts'

/**
 * The folder for locks and records of the host: `$HOLDFAST_STATE`; for root `/var/lib/holdfast`; otherwise `holdfast` in the state folder of the XDG
 * Base Directory Specification, according to which a relative `XDG_STATE_HOME` is ignored. Creates nothing.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  const { HOLDFAST_STATE: own, XDG_STATE_HOME: xdg, HOME: home } = env
  if (own) return resolve(own)
  if (uid === 0) return '/var/lib/holdfast'
  if (xdg && isAbsolute(xdg)) return join(xdg, 'holdfast')
  return join(home && isAbsolute(home) ? home : homedir(), '.local', 'state', 'holdfast')
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
