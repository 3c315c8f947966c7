import type { SetStore } from '../backup/set-store.ts'
import { AppError } from '../lib/errors.ts'
import type { OwnedBackup } from './choose-task.ts'
import { tellFailure } from './tell-failure.ts'
import { openSetsToRead } from './wire.ts'
import type { World } from './world.ts'

/**
 * Opens the storage of each backup step that keeps anything, one after another, for `look`. A storage that cannot be read is told on stderr and
 * does not keep the others from being looked at. Resolves with whether all could be.
 */
export async function eachSetStore(
  backups: readonly OwnedBackup[],
  world: World,
  look: (sets: SetStore, owned: OwnedBackup) => Promise<void>,
): Promise<boolean> {
  let isGood = true
  for (const owned of backups) {
    try {
      const { sets, close } = await openSetsToRead(owned.step.storage)
      try {
        if (sets.keeps) await look(sets, owned)
      } finally {
        await close()
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      tellFailure(error, world)
      isGood = false
    }
  }
  return isGood
}
