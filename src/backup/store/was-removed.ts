import { AppError } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { SetStore } from '../set/set-store.ts'
import { wasPublished } from '../set/standing.ts'

/**
 * Whether a set that could not be read is no longer there: a run rotates sets while others are read, which may take hours. False if no published set is
 * left at all, or they cannot be listed: then the storage itself may have vanished.
 */
export async function wasRemoved(sets: SetStore, set: string, call: OperationContext): Promise<boolean> {
  try {
    const present = await sets.list(call)
    return present.some(wasPublished) && !present.some(({ name }) => name === set)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return false
  }
}
