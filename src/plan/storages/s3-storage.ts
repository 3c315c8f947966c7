import type { SecretRef } from '../secret.ts'

/** A bucket of an object store that speaks S3. Everything that is absent is left to the SDK (its environment and shared files) or to the server. */
export interface S3StorageSpec {
  readonly kind: 's3'
  readonly bucket: string
  /** Before every key; no slash at either end. Empty = the bucket itself. */
  readonly root: string
  /** Of the shared files of AWS. `default` is used where the files hold credentials of that name; any other must be there. */
  readonly profile?: string
  readonly region?: string
  /** Absent = AWS itself, or what the SDK's environment says. */
  readonly endpoint?: string
  /** Whether the bucket stands in the path. Absent = wherever an endpoint is named. */
  readonly pathStyle?: boolean
  /** PEM file of authorities that are trusted beside the known ones. */
  readonly caFile?: string
  /** Absent = found as AWS's own tools find them: environment, profile, SSO, role, instance. */
  readonly credentials?: S3Credentials
  /** Class that objects are stored in. */
  readonly storageClass?: string
  /** Class that the objects of a set get when it is complete; differs from `storageClass`. */
  readonly archiveClass?: string
  /** Objects cannot be removed for so long, counted from their upload. The bucket must have been made with object lock. */
  readonly lock?: { readonly mode: 'governance' | 'compliance'; readonly days: number }
  readonly encryption?: { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyId?: string }
  readonly tags?: Readonly<Record<string, string>>
  readonly bandwidthBytesPerSecond?: number
  /** Bytes of one part of an upload, at least 5 MiB. */
  readonly partBytes?: number
  /** Parts of one object that are on their way at once. */
  readonly partsAtOnce?: number
  readonly completeWhen: 'folder' | 'manifest'
}

/** The same storage with its root in a folder below. */
export function belowS3Root(spec: S3StorageSpec, folder: string): S3StorageSpec {
  return { ...spec, root: spec.root === '' ? folder : `${spec.root}/${folder}` }
}

/** Texts with references in them; joined when they are needed. */
export interface S3Credentials {
  readonly accessKey: readonly (string | SecretRef)[]
  readonly secretKey: readonly (string | SecretRef)[]
  readonly sessionToken?: readonly (string | SecretRef)[]
}
