import { join } from 'node:path/posix'
import type { StorageSpec } from '../../../plan/plan.ts'
import { belowRcloneRoot } from '../../../plan/storages/rclone-storage.ts'
import { belowS3Root } from '../../../plan/storages/s3-storage.ts'

/** The sets of each step lie in a folder of its own. */
export function inFolder(storage: StorageSpec, name: string): StorageSpec {
  if (storage.kind === 'rclone') return belowRcloneRoot(storage, name)
  if (storage.kind === 's3') return belowS3Root(storage, name)
  return storage.kind === 'localfs' ? { ...storage, root: join(storage.root, name) } : storage
}
