import type { S3StorageSpec } from '../plan/storages/s3-storage.ts'

/** The output of `config show` for a bucket. Credentials are only mentioned. */
export function s3Lines(spec: S3StorageSpec): readonly string[] {
  return [
    `bucket: ${spec.bucket}`,
    `root: ${spec.root}`,
    ...wherever('endpoint', spec.endpoint),
    ...wherever('region', spec.region),
    ...wherever('bucket name in path', spec.pathStyle === undefined ? undefined : spec.pathStyle ? 'yes' : 'no'),
    ...wherever('authorities', spec.caFile),
    spec.credentials ? 'credentials: from the configuration' : `profile: ${spec.profile ?? 'none, as found by the AWS tools'}`,
    `storage class: ${spec.storageClass ?? 'default'}`,
    `storage class of complete sets: ${spec.archiveClass ?? 'unchanged'}`,
    ...wherever('object lock', spec.lock && `${spec.lock.days} days (${spec.lock.mode})`),
    ...wherever('server-side encryption', spec.encryption && encryptionWords(spec.encryption)),
    ...wherever(
      'tags',
      spec.tags &&
        Object.entries(spec.tags)
          .map((pair) => pair.join('='))
          .join(', '),
    ),
    ...wherever('bytes per second', spec.bandwidthBytesPerSecond),
    ...wherever('part size in bytes', spec.partBytes),
    ...wherever('parallel parts', spec.partsAtOnce),
  ]
}

function wherever(what: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${what}: ${value}`]
}

function encryptionWords(encryption: NonNullable<S3StorageSpec['encryption']>): string {
  return encryption.kind === 'aws:kms' && encryption.keyId !== undefined ? `aws:kms, key ${encryption.keyId}` : encryption.kind
}
