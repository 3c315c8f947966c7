import type { StorageSpec } from '../plan/plan.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import type { RcloneStorageSpec } from '../plan/storages/rclone-storage.ts'
import type { S3StorageSpec } from '../plan/storages/s3-storage.ts'
import { nullStorage } from './conform/null.ts'
import { type LocalfsDeps, localfsStorage } from './localfs/localfs.ts'
import { type Storage, StorageError } from './storage.ts'
import { withBandwidth } from './wrap/with-bandwidth.ts'
import { withCheckedKeys } from './wrap/with-checked-keys.ts'

export interface StorageDeps extends LocalfsDeps {
  /** Absent: storages that need secrets cannot be used. */
  readonly resolveSecret?: ResolveSecret
  /** Holdfast's environment, for settings outside of the configuration: shared files, proxies. Absent: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Absent: objects cannot be locked. */
  readonly clock?: () => Date
}

/** A storage of the plan, with a check of all keys in both directions. Opens nothing yet. */
export async function openStorage(spec: StorageSpec, deps: StorageDeps): Promise<Storage> {
  return withCheckedKeys(await openBare(spec, deps), deps)
}

/** The list of storages: a new kind in the plan does not compile without an entry. Modules for storages that are not file systems are loaded on demand. */
async function openBare(spec: StorageSpec, deps: StorageDeps): Promise<Storage> {
  switch (spec.kind) {
    case 'localfs':
      return localfsStorage(spec, deps)
    case 'null':
      return nullStorage()
    case 'rclone':
      return limited(await openRclone(spec, deps), spec.bandwidthBytesPerSecond)
    case 's3':
      return limited(await openS3(spec, deps), spec.bandwidthBytesPerSecond)
    default:
      return spec satisfies never
  }
}

/** Loads the modules for a storage of that kind. Opens nothing. */
export async function preloadStorage({ kind }: StorageSpec): Promise<void> {
  if (kind === 'rclone') await import('./rclone/rclone.ts')
  if (kind === 's3') await Promise.all([import('./s3/s3-storage.ts'), import('./s3/sdk/sdk-client.ts').then(({ loadSdk }) => loadSdk())])
}

async function openRclone(spec: RcloneStorageSpec, { note, resolveSecret = refuseSecrets }: StorageDeps): Promise<Storage> {
  const { rcloneStorage } = await import('./rclone/rclone.ts')
  return rcloneStorage(spec, { note, resolveSecret })
}

async function openS3(spec: S3StorageSpec, { resolveSecret = refuseSecrets, env = {}, clock }: StorageDeps): Promise<Storage> {
  const { s3Storage } = await import('./s3/s3-storage.ts')
  return s3Storage(spec, { resolveSecret, env, ...(clock && { clock }) })
}

function limited(storage: Storage, bytesPerSecond: number | undefined): Storage {
  return bytesPerSecond === undefined ? storage : withBandwidth(storage, bytesPerSecond)
}

async function refuseSecrets(): Promise<never> {
  throw new StorageError('denied', 'this storage requires a secret, but cannot read secrets')
}
