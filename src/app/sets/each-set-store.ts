import type { SetStore } from '../../backup/set/set-store.ts'
import { AppError } from '../../lib/errors.ts'
import type { OwnedSets, OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { type OpeningHost, openSetsToRead } from '../host/wire.ts'
import { requestedSets, type SetsRequest } from './sets-request.ts'

type Look = (sets: SetStore, place: OwnedTarget) => Promise<void>

/** `eachSetStore` for the requested sets. Rejects as `requestedSets` throws. */
export async function eachRequestedStore(request: SetsRequest, host: Host, look: Look): Promise<boolean> {
  const { acceptRoot, trustRoot } = request
  return await eachSetStore(requestedSets(request), { ...host, acceptRoot, trustRoot }, look)
}

/**
 * Opens each storage of these sets that stores data, one after another, for `look`. A storage that cannot be read is a failure reported to `host`;
 * the others are still processed. Resolves with whether all of them succeeded.
 */
export async function eachSetStore(owned: readonly OwnedSets[], host: Host & OpeningHost, look: Look): Promise<boolean> {
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
