import type { S3StorageSpec } from '../../src/plan/storages/s3-storage.ts'
import { type S3Deps, s3Storage } from '../../src/storage/s3/s3-storage.ts'
import type { RetryPolicy } from '../../src/storage/s3/with-retries.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { S3Server } from './s3-server/s3-server.ts'

/** As often as the real one, without its pauses. */
export const QUICK_RETRIES: RetryPolicy = { attempts: 7, firstMs: 1, mostMs: 5, random: () => 1 }

/** A storage in a bucket of a server of ours: the bucket "acme", the root "web". */
export function s3Spec({ url, account }: Pick<S3Server, 'url' | 'account'>, more: Partial<S3StorageSpec> = {}): S3StorageSpec {
  const credentials = { accessKey: [account.accessKey], secretKey: [account.secretKey] }
  return { kind: 's3', bucket: 'acme', root: 'web', endpoint: url, credentials, completeWhen: 'manifest', ...more }
}

/** What storages are opened with; the environment of the tests stays outside. */
export const S3_DEPS: S3Deps = {
  env: {},
  resolveSecret: async () => {
    throw new Error('no secret is to be read')
  },
  retries: QUICK_RETRIES,
  clock: () => new Date('2026-01-01T00:00:00Z'),
}

export function openS3(server: Pick<S3Server, 'url' | 'account'>, more: Partial<S3StorageSpec> = {}, deps: Partial<S3Deps> = {}): Storage {
  return s3Storage(s3Spec(server, more), { ...S3_DEPS, ...deps })
}
