import type { OperationContext, Storage } from '../../storage/storage.ts'
import { storageErrorOf } from '../../storage/system-errors.ts'
import type { Manifest } from '../set/manifest.ts'
import type { StoredState } from '../set/set-summary.ts'

/**
 * How the objects of a manifest are stored in the folder of a published set: by one listing of it, which ends as soon as all are found, however many
 * other files there are. No object is opened. Rejects where the storage is out of reach, and on an abort.
 */
export async function storedInFolder(
  storage: Pick<Storage, 'list'>,
  { name, manifest: { objects } }: { readonly name: string; readonly manifest: Manifest },
  call: OperationContext,
): Promise<StoredState> {
  const missing = new Map(objects.map(({ path, bytes }) => [path, bytes]))
  if (missing.size === 0) return 'complete'
  try {
    for await (const { key, bytes } of storage.list(`${name}/`, call)) {
      const path = key.slice(name.length + 1)
      if (missing.get(path) === bytes) missing.delete(path)
      if (missing.size === 0) return 'complete'
    }
    return 'damaged'
  } catch (error) {
    const asStorageError = storageErrorOf(error, 'list', name)
    if (call.signal.aborted || asStorageError.code === 'storage/unreachable') throw asStorageError
    return 'unknown'
  }
}
