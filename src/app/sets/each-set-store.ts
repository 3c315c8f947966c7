import type { SetStore } from '../../backup/set/set-store.ts'
import { AppError } from '../../lib/errors.ts'
import type { OwnedSets, OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { type OpeningHost, openSetsToRead } from '../host/wire.ts'

/**
 * Opens each storage of these sets that keeps anything, one after another, for `look`. A storage that cannot be read is a failure of `host`, and the
 * others are looked at all the same. Resolves with whether all could be.
 */
export async function eachSetStore(
  owned: readonly OwnedSets[],
  host: Host & OpeningHost,
  look: (sets: SetStore, place: OwnedTarget) => Promise<void>,
): Promise<boolean> {
  let isGood = true
  for (const place of owned.flatMap(({ targets, ...it }) => targets.map((target) => ({ ...it, target })))) {
    try {
      const { sets, close } = await openSetsToRead(place.target.storage, host)
      try {
        if (sets.keeps) await look(sets, place)
      } finally {
        await close()
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      host.fail(error)
      isGood = false
    }
  }
  return isGood
}
