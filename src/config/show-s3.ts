import type { S3StorageSpec } from '../plan/s3-storage.ts'

/** What `config show` says about a bucket. Of credentials only that there are some. */
export function s3Lines(spec: S3StorageSpec): readonly string[] {
  return [
    `bucket: ${spec.bucket}`,
    `root: ${spec.root}`,
    ...wherever('endpoint', spec.endpoint),
    ...wherever('region', spec.region),
    ...wherever('bucket in the path', spec.pathStyle === undefined ? undefined : spec.pathStyle ? 'yes' : 'no'),
    ...wherever('authorities', spec.caFile),
    spec.credentials ? 'credentials: keys of the configuration' : `profile: ${spec.profile ?? 'none, found as the tools of AWS do'}`,
    `storage class: ${spec.storageClass ?? 'the default'}`,
    `storage class of complete sets: ${spec.archiveClass ?? 'the same'}`,
    ...wherever('locked for', spec.lock && `${spec.lock.days} days (${spec.lock.mode})`),
    ...wherever('encrypted by the store', spec.encryption && encryptionWords(spec.encryption)),
    ...wherever(
      'tags',
      spec.tags &&
        Object.entries(spec.tags)
          .map((pair) => pair.join('='))
          .join(', '),
    ),
    ...wherever('bytes in a second', spec.bandwidthBytesPerSecond),
    ...wherever('bytes of a part', spec.partBytes),
    ...wherever('parts at once', spec.partsAtOnce),
  ]
}

function wherever(what: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${what}: ${value}`]
}

function encryptionWords(encryption: NonNullable<S3StorageSpec['encryption']>): string {
  return encryption.kind === 'aws:kms' && encryption.keyId !== undefined ? `aws:kms, key ${encryption.keyId}` : encryption.kind
}
