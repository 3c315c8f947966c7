import type * as Sdk from '@aws-sdk/client-s3'
import type { FinishedPart, ObjectProperties, Receipt } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'

export function sumsInput({ crc32, md5 }: { readonly crc32?: string; readonly md5?: string }) {
  return { ...(crc32 !== undefined && { ChecksumCRC32: crc32 }), ...(md5 !== undefined && { ContentMD5: md5 }) }
}

export function propertiesInput({ storageClass, lock, encryption, tagging }: ObjectProperties) {
  const kmsKey = encryption?.kind === 'aws:kms' ? encryption.keyId : undefined
  return {
    ...(storageClass !== undefined && { StorageClass: storageClass as Sdk.StorageClass }),
    ...(lock && { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: lock.until }),
    ...(encryption && { ServerSideEncryption: encryption.kind }),
    ...(kmsKey !== undefined && { SSEKMSKeyId: kmsKey }),
    ...(tagging !== undefined && { Tagging: tagging }),
  }
}

export function partInput({ number, etag, crc32 }: FinishedPart): Sdk.CompletedPart {
  return { PartNumber: number, ETag: quoted(etag), ...(crc32 !== undefined && { ChecksumCRC32: crc32 }) }
}

export type Answer = { readonly [K in 'ETag' | 'ChecksumCRC32' | 'ServerSideEncryption']?: string | undefined }

/** A store confirms what it stores with an ETag; the answer of another server, such as a proxy's login, has none. */
export function taken<A extends Answer>(answer: A): A {
  if (unquoted(answer.ETag) === '') throw new S3Fault('OtherAnswer', 'the answer has no ETag')
  return answer
}

export function receiptOf({ ETag, ChecksumCRC32, ServerSideEncryption }: Answer, { isTls }: { readonly isTls: boolean }): Receipt {
  const crc32 = ChecksumCRC32 === undefined ? {} : { crc32: ChecksumCRC32 }
  return { etag: unquoted(ETag), isEncrypted: ServerSideEncryption !== undefined, isSigned: !isTls, ...crc32 }
}

interface HttpRequest {
  readonly protocol?: string
  readonly headers: Record<string, string>
}
type Build = (next: (args: object) => Promise<unknown>) => (args: { readonly request: HttpRequest }) => Promise<unknown>
interface HasMiddleware {
  readonly middlewareStack: object
}

/**
 * Over TLS, the body is not part of the signature, as with AWS's own tools: TLS protects it in transit, and a CRC32 or MD5 is cheaper. Without TLS,
 * it is part of the signature.
 */
export function unsigned<C extends HasMiddleware>(command: C): C {
  return changing(command, ({ protocol, headers }) => {
    if (protocol === 'https:') headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
  })
}

/** Requests the checksum stored by the server. With the SDK's own option, the SDK would compare it, in a stream that leaves its connection open. */
export function withSum<C extends HasMiddleware>(command: C): C {
  return changing(command, ({ headers }) => {
    headers['x-amz-checksum-mode'] = 'ENABLED'
  })
}

/** Before the request is signed. */
function changing<C extends HasMiddleware>(command: C, change: (request: HttpRequest) => void): C {
  const stack = command.middlewareStack as { add(middleware: Build, options: { readonly step: 'build'; readonly name: string }): void }
  const apply: Build = (next) => (args) => {
    change(args.request)
    return next(args)
  }
  stack.add(apply, { step: 'build', name: 'holdfastHeaders' })
  return command
}

export function isDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime())
}

/** A partial list must not be treated as complete. */
export function brokenList(): never {
  throw new S3Fault('BrokenList', 'the listing is truncated, without a token to continue it')
}

export function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
}

export function ignoring(...faults: readonly string[]) {
  return (thrown: unknown): undefined => {
    if (!faults.includes(faultOf(thrown).fault)) throw thrown
    return undefined
  }
}

export function quoted(etag: string): string {
  return `"${etag}"`
}

export function unquoted(etag = ''): string {
  return etag.replaceAll('"', '')
}
