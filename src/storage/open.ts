import type { StorageSpec } from '../plan/plan.ts'
import { type LocalfsDeps, localfsStorage } from './localfs.ts'
import { nullStorage } from './null.ts'
import { type Storage, StorageError } from './storage.ts'

export type StorageDeps = LocalfsDeps

/** The one list of storages: a new kind in the plan does not compile until it has a line here. Touches nothing yet. */
export function openStorage(spec: StorageSpec, deps: StorageDeps): Storage {
  switch (spec.kind) {
    case 'localfs':
      return localfsStorage(spec, deps)
    case 'null':
      return nullStorage()
    case 's3':
      throw new StorageError(
        'unreachable',
        `storages of the kind "s3" are not in this version, so nothing can be kept in the bucket "${spec.bucket}"`,
        {
          hint: 'Keep the sets on a file system for now, and copy them to the bucket with another tool.',
        },
      )
    default:
      return spec satisfies never
  }
}
