import type { SetStore } from '../backup/set-store.ts'
import { AppError } from '../lib/errors.ts'
import type { OwnedSets, OwnedTarget } from '../plan/sets-of.ts'
import { tellFailure } from './tell-failure.ts'
import { type OpeningWorld, openSetsToRead } from './wire.ts'
import type { World } from './world.ts'

/**
 * Opens each storage of these sets that keeps anything, one after another, for `look`. A storage that cannot be read is told on stderr and
 * does not keep the others from being looked at. Resolves with whether all could be.
 */
export async function eachSetStore(
  owned: readonly OwnedSets[],
  world: World & OpeningWorld,
  look: (sets: SetStore, place: OwnedTarget) => Promise<void>,
): Promise<boolean> {
  let isGood = true
  for (const place of owned.flatMap(({ targets, ...it }) => targets.map((target) => ({ ...it, target })))) {
    try {
      const { sets, close } = await openSetsToRead(place.target.storage, world)
      try {
        if (sets.keeps) await look(sets, place)
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
