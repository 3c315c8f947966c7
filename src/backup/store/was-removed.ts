import { AppError } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { SetStore } from '../set/set-store.ts'
import { wasPublished } from '../set/standing.ts'

/**
 * Whether a set that could not be read was removed, or is being removed: a run rotates sets while others are read, which may take hours. False if no published
 * set is left at all, or they cannot be listed: then the storage itself may have vanished.
 */
export async function wasRemoved(sets: SetStore, set: string, call: OperationContext): Promise<boolean> {
  try {
    const published = (await sets.list(call)).filter(wasPublished)
    return published.length > 0 && !published.some(({ name }) => name === set)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return false
  }
}
