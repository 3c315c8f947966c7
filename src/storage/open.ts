import type { StorageSpec } from '../plan/plan.ts'
import type { S3StorageSpec } from '../plan/s3-storage.ts'
import type { ResolveSecret } from '../plan/secret.ts'
import { type LocalfsDeps, localfsStorage } from './localfs.ts'
import { nullStorage } from './null.ts'
import { rcloneStorage } from './rclone/rclone.ts'
import { s3Storage } from './s3/s3-storage.ts'
import { loadSdk } from './s3/sdk-client.ts'
import { type Storage, StorageError } from './storage.ts'
import { withBandwidth } from './with-bandwidth.ts'

export interface StorageDeps extends LocalfsDeps {
  /** Absent: a storage that needs a secret cannot be used. */
  readonly resolveSecret?: ResolveSecret
  /** Our own environment, for what lies outside of the configuration: shared files, proxies. Absent = none of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Absent: nothing can be locked until a time. */
  readonly clock?: () => Date
}

/** The one list of storages: a new kind in the plan does not compile until it has a line here. Touches nothing yet. */
export function openStorage(spec: StorageSpec, deps: StorageDeps): Storage {
  switch (spec.kind) {
    case 'localfs':
      return localfsStorage(spec, deps)
    case 'null':
      return nullStorage()
    case 'rclone':
      return limited(rcloneStorage(spec, { note: deps.note, resolveSecret: deps.resolveSecret ?? refuseSecrets }), spec.bandwidthBytesPerSecond)
    case 's3':
      return limited(openS3(spec, deps), spec.bandwidthBytesPerSecond)
    default:
      return spec satisfies never
  }
}

/** Loads what a storage of that kind needs beyond this program's own modules. Touches nothing. */
export async function preloadStorage({ kind }: StorageSpec): Promise<void> {
  if (kind === 's3') await loadSdk()
}

function openS3(spec: S3StorageSpec, { resolveSecret = refuseSecrets, env = {}, clock }: StorageDeps): Storage {
  return s3Storage(spec, { resolveSecret, env, ...(clock && { clock }) })
}

function limited(storage: Storage, bytesPerSecond: number | undefined): Storage {
  return bytesPerSecond === undefined ? storage : withBandwidth(storage, bytesPerSecond)
}

async function refuseSecrets(): Promise<never> {
  throw new StorageError('denied', 'this storage needs a secret, and was given no way to read it')
}
