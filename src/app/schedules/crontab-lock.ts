import { join } from 'node:path'
import { waitLock } from '../../process/tool/flock.ts'
import { openLock } from '../../run/task-lock.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'

/** One change of crontabs at a time, among ours: crontab(1) itself has no lock, and who writes last would undo the other's change. */
export async function withCrontabLock(host: Host, work: () => Promise<void>): Promise<void> {
  const file = await openLock(join(stateFolder(host.env, host.uid), 'locks'), 'crontab.lock')
  try {
    await waitLock(file.fd, host.signals.stop)
    await work()
  } finally {
    await file.close()
  }
}
