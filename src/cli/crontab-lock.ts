import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import { waitLock } from '../process/flock.ts'
import { stateFolder } from './state-folder.ts'
import type { World } from './world.ts'

/** One change of crontabs at a time, among ours: crontab(1) itself has no lock, and who writes last would undo the other's change. */
export async function withCrontabLock(world: World, work: () => Promise<void>): Promise<void> {
  const folder = join(stateFolder(world.env, world.uid), 'locks')
  await makeFolders(folder, 0o700)
  const file = await open(join(folder, 'crontab.lock'), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    await waitLock(file.fd, world.signals.stop)
    await work()
  } finally {
    await file.close()
  }
}
