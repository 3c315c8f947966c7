import { join } from 'node:path'
import { waitLock } from '../../process/tool/flock.ts'
import { openLock } from '../../run/task-lock.ts'
import type { Host } from './host.ts'
import { stateFolder } from './state-folder.ts'

/**
 * Runs `work` while no other process of this user, with the same state folder, runs work under the same name. Waits for it as long as necessary; rejects
 * when the host's stop signal is aborted.
 */
export async function withLock<T>(name: string, { env, uid, signals }: Pick<Host, 'env' | 'uid' | 'signals'>, work: () => Promise<T>): Promise<T> {
  const file = await openLock(join(stateFolder(env, uid), 'locks'), `${name}.lock`)
  try {
    await waitLock(file.fd, signals.stop)
    return await work()
  } finally {
    await file.close()
  }
}
