import type { Readable } from 'node:stream'

/**
 * The operations of an object store that Holdfast uses. `sdk-calls.ts` is the only implementation. Keys are complete, including the root. Every call
 * rejects with `S3Fault`; each is one attempt (`with-retries.ts` adds retries), and an aborted signal ends it.
 */
export interface S3Calls {
  put(object: PutRequest, signal: AbortSignal): Promise<Receipt>
  /** Begins a multipart upload. */
  createUpload(target: UploadTarget, signal: AbortSignal): Promise<BegunUpload>
  putPart(part: PartRequest, signal: AbortSignal): Promise<Receipt>
  /** A part copied from another object, or from a range of it, within the store. */
  copyPart(part: CopyPartRequest, signal: AbortSignal): Promise<Receipt>
  completeUpload(upload: UploadId & { readonly parts: readonly FinishedPart[] }, signal: AbortSignal): Promise<void>
  /** Ignores a missing upload. */
  abortUpload(upload: UploadId, signal: AbortSignal): Promise<void>
  /** At most 1,000 unfinished uploads below the prefix, after `after`. */
  listUploads(request: { readonly prefix: string; readonly after?: UploadId }, signal: AbortSignal): Promise<UploadPage>
  /** Undefined if the object does not exist. */
  head(key: string, signal: AbortSignal): Promise<ObjectHead | undefined>
  get(request: GetRequest, signal: AbortSignal): Promise<GetAnswer>
  /** At most 1,000 objects below the prefix, in the server's order, starting with `token`. */
  list(request: { readonly prefix: string; readonly token?: string }, signal: AbortSignal): Promise<ListPage>
  /** Ignores a missing object. */
  remove(key: string, signal: AbortSignal): Promise<void>
  /** At most 1,000 keys; ignores missing ones. Resolves with those whose removal the server did not confirm. */
  removeMany(
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly { readonly key: string; readonly code: string; readonly message: string }[]>
  /** Copies an object of at most 5 GiB to itself, with new properties. */
  copyOntoItself(target: UploadTarget & { readonly ifMatch: string }, signal: AbortSignal): Promise<void>
  close(): void
}

/** The properties of an object in addition to its data. */
export interface ObjectProperties {
  readonly storageClass?: string
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: Date }
  readonly encryption?: { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyId?: string }
  /** In the form of a query: `a=b&c=d`. */
  readonly tagging?: string
}

export interface UploadTarget {
  readonly key: string
  readonly properties: ObjectProperties
  /** Requests that each part is verified by CRC32. */
  readonly crc32?: boolean
}

/** Digests in base64 for the server to verify. */
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
  /** The server confirmed that it verifies parts by CRC32. */
  readonly takesCrc32: boolean
  /** As in a receipt: applies to the parts, too. */
  readonly isSigned: boolean
  /** It was requested more than once, so there may be a second upload whose id is unknown. */
  readonly mayHaveDuplicate?: boolean
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
  /** First and last byte; absent: the whole object. */
  readonly range?: readonly [number, number]
  readonly ifMatch?: string
}

/** The server's receipt for the data. */
export interface Receipt {
  /** Without quotes. */
  readonly etag: string
  /** Base64; absent if the server does not verify it. */
  readonly crc32?: string
  /** The server encrypts stored data: then the ETag need not be the MD5 of the data. */
  readonly isEncrypted: boolean
  /** The SHA-256 of the data was part of the request's signature. */
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
  /** The first requested byte. */
  readonly from?: number
  /** Rejects with the code `PreconditionFailed` if the object was replaced. */
  readonly ifMatch?: string
}

export interface GetAnswer {
  readonly body: Readable
  /** Data starting at `from`. */
  readonly bytes: number
  readonly etag: string
  /** Base64, of the whole object; absent if the server has none or a part was requested. */
  readonly crc32?: string
  /** Encrypted by the server: then the ETag is not an MD5. */
  readonly isEncrypted: boolean
}

export interface ListPage {
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly modified?: Date }[]
  /** Present if there are more pages. */
  readonly next?: string
}

export interface UploadPage {
  readonly uploads: readonly (UploadId & { readonly begun: Date })[]
  /** Present if there are more. */
  readonly next?: UploadId
}
