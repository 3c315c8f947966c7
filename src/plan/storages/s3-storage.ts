import type { SecretRef } from '../secret.ts'

/** A bucket of an S3-compatible object store. Absent settings are determined by the SDK (its environment and shared files) or by the server. */
export interface S3StorageSpec {
  readonly kind: 's3'
  readonly bucket: string
  /** The prefix of every key, without leading and trailing slashes. Empty: the bucket itself. */
  readonly root: string
  /** A profile in the shared AWS files. `default` is used if the files contain credentials with that name; any other must exist. */
  readonly profile?: string
  readonly region?: string
  /** Absent: AWS itself, or the endpoint in the environment of the SDK. */
  readonly endpoint?: string
  /** Whether the bucket is part of the path. Absent: if an endpoint is set. */
  readonly pathStyle?: boolean
  /** PEM file with certificate authorities to trust in addition to the known ones. */
  readonly caFile?: string
  /** Absent: found as by the AWS tools: environment, profile, SSO, role, instance. */
  readonly credentials?: S3Credentials
  /** The storage class of new objects. */
  readonly storageClass?: string
  /** The storage class of the objects of a complete set; differs from `storageClass`. */
  readonly archiveClass?: string
  /** Objects cannot be removed for this time, counted from their upload. The bucket must have been created with object lock. */
  readonly lock?: { readonly mode: 'governance' | 'compliance'; readonly days: number }
  readonly encryption?: { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyId?: string }
  readonly tags?: Readonly<Record<string, string>>
  readonly bandwidthBytesPerSecond?: number
  /** Bytes of one part of an upload, at least 5 MiB. */
  readonly partBytes?: number
  /** Number of parts of an upload that the store accepts. Absent: 10,000. */
  readonly maxParts?: number
  /** All parts of an upload except the last must have the same size; parts are not combined within the store. */
  readonly equalParts?: boolean
  /** Number of parts of one object uploaded in parallel. */
  readonly partsAtOnce?: number
  readonly completeWhen: 'folder' | 'manifest'
}

/** The same storage with its root in a subfolder. */
export function belowS3Root(spec: S3StorageSpec, folder: string): S3StorageSpec {
  return { ...spec, root: spec.root === '' ? folder : `${spec.root}/${folder}` }
}

/** Texts with references; resolved when they are needed. */
export interface S3Credentials {
  readonly accessKey: readonly (string | SecretRef)[]
  readonly secretKey: readonly (string | SecretRef)[]
  readonly sessionToken?: readonly (string | SecretRef)[]
}
