import { type Bucket, type KeptObject, objectOf, type Properties } from './buckets.ts'
import { S3Refusal } from './refusal.ts'

/** How this server differs from the one that everybody thinks of. */
export interface Quirks {
  /** `crc32`: as AWS does it. `ignored`: sums are taken without a word, as older servers do it. `refused`: a request with them is. */
  readonly checksums: 'crc32' | 'ignored' | 'refused'
  /** Many removals with one request want an MD5. */
  readonly deleteNeedsMd5: boolean
  /** The most that a listing has. */
  readonly pageSize: number
  readonly minPartBytes: number
  /** Whether objects may be locked. */
  readonly locks: boolean
}

export interface Asked {
  readonly method: string
  readonly bucketName: string
  readonly bucket: Bucket
  readonly buckets: ReadonlyMap<string, Bucket>
  readonly key: string
  readonly body: Buffer
  readonly quirks: Quirks
  header(name: string): string | undefined
  /** Empty where it is not there. */
  query(name: string): string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export function propertiesOf({ header, quirks }: Asked): Properties {
  const lockMode = header('x-amz-object-lock-mode')
  if (lockMode !== undefined && !quirks.locks) throw new S3Refusal(400, 'InvalidRequest', 'The bucket was made without object lock.')
  return {
    storageClass: header('x-amz-storage-class') ?? 'STANDARD',
    lockMode,
    lockUntil: header('x-amz-object-lock-retain-until-date'),
    encryption: header('x-amz-server-side-encryption'),
    tagging: header('x-amz-tagging'),
  }
}

/** What is to be copied: the object, and the bytes of it that are wanted. */
export function copySourceOf({ header, buckets }: Asked): { readonly key: string; readonly object: KeptObject; readonly bytes: Buffer } {
  const [bucketName = '', ...path] = decodeURIComponent(header('x-amz-copy-source') ?? '')
    .replace(/^\//u, '')
    .split('/')
  const key = path.join('/')
  const bucket = buckets.get(bucketName)
  if (bucket === undefined) throw new S3Refusal(404, 'NoSuchBucket', 'There is no such bucket.')
  const object = objectOf(bucket, key)
  const wanted = header('x-amz-copy-source-if-match')
  if (wanted !== undefined && wanted !== `"${object.etag}"`) throw new S3Refusal(412, 'PreconditionFailed', 'It is another object.')
  const { from = '0', to } = /^bytes=(?<from>\d+)-(?<to>\d+)$/u.exec(header('x-amz-copy-source-range') ?? '')?.groups ?? {}
  return { key, object, bytes: object.bytes.subarray(Number(from), to === undefined ? undefined : Number(to) + 1) }
}
