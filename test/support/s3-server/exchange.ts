import { type Bucket, type KeptObject, objectOf, type Properties } from './buckets.ts'
import { type OtherRegion, S3Refusal } from './refusal.ts'

/** How this server differs from the one that everybody thinks of. */
export interface Quirks {
  /** `crc32`: as AWS does it. `ignored`: sums are taken without a word, as older servers do it. `refused`: a request with them is. */
  readonly checksums: 'crc32' | 'ignored' | 'refused'
  /** A request for an object with the header that asks for its sum is refused. */
  readonly refusesSumsOnReads: boolean
  /** Many removals with one request want an MD5: the code of the refusal. False: they do not. */
  readonly deleteNeedsMd5: string | false
  /** Many removals with one request are refused with these. */
  readonly refusesDeleteMany: readonly [status: number, code: string] | undefined
  /** The most that a listing has. */
  readonly pageSize: number
  /** How keys are written in listings: see `listings.ts`. */
  readonly listing: 'url' | 'plus-signs' | 'not-encoded' | 'encoded-in-silence' | 'plain'
  /** Pages without anything, each with a token, before the first one; -1: without end. */
  readonly emptyPages: number
  readonly minPartBytes: number
  readonly maxParts: number
  /** All parts but the last have the same size. */
  readonly equalParts: boolean
  /** Parts are not copied from other objects. */
  readonly noPartCopy: boolean
  /** Whether objects may be locked. */
  readonly locks: boolean
  /** All objects are: then each needs a sum of its body. */
  readonly locksAll: boolean
  /** What is removed or replaced stays as a version, and uses room. */
  readonly versions: boolean
  /** Requests that begin a write are refused with these while it returns true. */
  readonly isFull: () => readonly [status: number, code: string, message?: string] | undefined
  /** Every so many requests, one is refused with SlowDown. 0: none. */
  readonly slowDownEvery: number
  /** Requests signed for another region are refused. */
  readonly region: string | undefined
  /** How they are. */
  readonly otherRegion: OtherRegion
  /** The session token that is valid now. */
  readonly token: (() => string) | undefined
  /** The bodies of refusals: in XML, a page, or nothing. */
  readonly errorBodies: 'xml' | 'page' | 'none'
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
