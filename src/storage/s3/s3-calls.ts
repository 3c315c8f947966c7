import type { Readable } from 'node:stream'

/**
 * What we use of an object store, in our words. `sdk-calls.ts` is the one implementation. Keys are whole, root included. Every call rejects with
 * `S3Fault`; each is one attempt (`with-retries.ts` adds more), and a signal that aborts ends it.
 */
export interface S3Calls {
  put(object: PutRequest, signal: AbortSignal): Promise<Receipt>
  /** Begins an upload in parts. */
  createUpload(target: UploadTarget, signal: AbortSignal): Promise<BegunUpload>
  putPart(part: PartRequest, signal: AbortSignal): Promise<Receipt>
  /** A part made of another object, or of a range of it, within the store. */
  copyPart(part: CopyPartRequest, signal: AbortSignal): Promise<Receipt>
  completeUpload(upload: UploadId & { readonly parts: readonly FinishedPart[] }, signal: AbortSignal): Promise<void>
  /** Forgives an upload that is gone. */
  abortUpload(upload: UploadId, signal: AbortSignal): Promise<void>
  /** At most 1,000 of the uploads below the prefix that were begun and neither completed nor aborted, from `after` on. */
  listUploads(request: { readonly prefix: string; readonly after?: UploadId }, signal: AbortSignal): Promise<UploadPage>
  /** Undefined where there is no such object. */
  head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined>
  get(request: GetRequest, signal: AbortSignal): Promise<GetAnswer>
  /** At most 1,000 objects below the prefix, in the server's order, from `token` on. */
  list(request: { readonly prefix: string; readonly token?: string }, signal: AbortSignal): Promise<ListPage>
  /** Forgives what is not there. */
  remove(key: string, signal: AbortSignal): Promise<void>
  /** At most 1,000 keys; forgives what is not there. Resolves with those that the server refused to remove. */
  removeMany(
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly { readonly key: string; readonly code: string; readonly message: string }[]>
  /** Copies an object of at most 5 GiB onto itself, with new properties. */
  copyOntoItself(target: UploadTarget & { readonly ifMatch: string }, signal: AbortSignal): Promise<void>
  close(): void
}

/** What an object gets beside its bytes. */
export interface ObjectProperties {
  readonly storageClass?: string
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: Date }
  readonly encryption?: { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyId?: string }
  /** As in a query: `a=b&c=d`. */
  readonly tagging?: string
}

export interface UploadTarget {
  readonly key: string
  readonly properties: ObjectProperties
  /** Asks for a check of each part by CRC32. */
  readonly crc32?: boolean
}

/** Digests sent along in base64, for the server to check. */
export interface Sums {
  readonly crc32?: string
  readonly md5?: string
}

export interface PutRequest {
  readonly key: string
  readonly bytes: Buffer
  readonly sums: Sums
  readonly properties: ObjectProperties
}

export interface BegunUpload {
  readonly uploadId: string
  /** The server said that it checks parts by CRC32. */
  readonly takesCrc32: boolean
  /** As in a receipt: so it will be with the parts. */
  readonly isSigned: boolean
  /** It was asked for more than once, so that there may be a twin of it that nobody knows the id of. */
  readonly mayHaveTwin?: boolean
}

export interface UploadId {
  readonly key: string
  readonly uploadId: string
}

export interface PartRequest extends UploadId {
  /** From 1 on. */
  readonly number: number
  readonly bytes: Buffer
  readonly sums: Sums
}

export interface CopyPartRequest extends UploadId {
  readonly number: number
  readonly source: string
  /** First and last byte; absent = the whole object. */
  readonly range?: readonly [number, number]
  readonly ifMatch?: string
}

/** What the server says that it got. */
export interface Receipt {
  /** Without its quotes. */
  readonly etag: string
  /** Base64; absent where the server does not check by it. */
  readonly crc32?: string
  /** The server encrypts what it stores: then the ETag need not be the MD5 of the bytes. */
  readonly isEncrypted: boolean
  /** The SHA-256 of the bytes was part of the request's signature. */
  readonly isSigned: boolean
}

export interface FinishedPart extends Receipt {
  readonly number: number
}

export interface ObjectHead {
  readonly bytes: number
  readonly etag: string
  readonly storageClass: string
}

export interface GetRequest {
  readonly key: string
  /** First byte wanted. */
  readonly from?: number
  /** Rejects with the code `PreconditionFailed` when the object is another one by now. */
  readonly ifMatch?: string
}

export interface GetAnswer {
  readonly body: Readable
  /** Bytes from `from` on. */
  readonly bytes: number
  readonly etag: string
  /** Base64, of all bytes; absent where the server keeps none or a part was asked for. */
  readonly crc32?: string
  /** Encrypted by the server: then the ETag is no MD5. */
  readonly isEncrypted: boolean
}

export interface ListPage {
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly modified?: Date }[]
  /** Present where there is more. */
  readonly next?: string
}

export interface UploadPage {
  readonly uploads: readonly (UploadId & { readonly begun: Date })[]
  /** Present where there are more. */
  readonly next?: UploadId
}
