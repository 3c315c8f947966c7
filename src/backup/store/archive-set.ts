import { AppError, messageOf } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import type { SetStore } from '../set/set-store.ts'

/**
 * Moves the objects of a complete set to the archive of its storage, if there is one. Rejects with `backup/archive-failed` if one could not be moved;
 * the set is complete in any case.
 */
export async function archiveSet(sets: SetStore, set: string, call: OperationContext): Promise<void> {
  try {
    await sets.archive?.(set, call)
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage/aborted') throw error
    throw new BackupError(
      'archive-failed',
      `the set "${set}" is complete, but could not be moved to the archive of "${sets.label}": ${messageOf(error)}`,
      {
        cause: error,
        ...(error instanceof AppError && error.hint !== undefined && { hint: error.hint }),
      },
    )
  }
}
