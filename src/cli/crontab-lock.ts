import { join } from 'node:path'
import { waitLock } from '../process/flock.ts'
import { openLock } from '../run/task-lock.ts'
import { stateFolder } from './state-folder.ts'
import type { World } from './world.ts'

/** One change of crontabs at a time, among ours: crontab(1) itself has no lock, and who writes last would undo the other's change. */
export async function withCrontabLock(world: World, work: () => Promise<void>): Promise<void> {
  const file = await openLock(join(stateFolder(world.env, world.uid), 'locks'), 'crontab.lock')
  try {
    await waitLock(file.fd, world.signals.stop)
    await work()
  } finally {
    await file.close()
  }
}
