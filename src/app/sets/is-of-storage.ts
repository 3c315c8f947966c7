import { BackupError } from '../../backup/set/errors.ts'
import { StorageError } from '../../storage/storage.ts'

const NOT_READABLE = ['backup/damaged', 'backup/newer', 'backup/unfinished', 'backup/legacy', 'backup/no-set']

/** Whether a failure says that a set cannot be read where it is: another storage may have a better one. */
export function isOfStorage(error: unknown): error is StorageError | BackupError {
  return (error instanceof StorageError && error.code !== 'storage/aborted') || (error instanceof BackupError && NOT_READABLE.includes(error.code))
}
