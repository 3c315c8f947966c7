import type { Readable } from 'node:stream'
import { type KeyNames, openKeyNames } from '../read/key-names.ts'
import type { S3Calls } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'
import {
  brokenList,
  copySource,
  ignoring,
  isDate,
  partInput,
  propertiesInput,
  quoted,
  receiptOf,
  sumsInput,
  taken,
  unquoted,
  unsigned,
  withSum,
} from './sdk-convert.ts'
import { type OpenClient, openRequests, type SdkRequest } from './sdk-request.ts'

/** The calls, implemented with the AWS SDK. One attempt each. */
export function sdkCalls(open: OpenClient): S3Calls {
  const { request, close } = openRequests(open)
  const names = openKeyNames()
  const objects = sdkObjects(request, names)
  return { ...sdkUploads(request, { names, listObjects: objects.list }), ...objects, close }
}

// A rejected HEAD has no reason: another request shows whether the credentials have expired.
const SILENT: ReadonlySet<number> = new Set([400, 403])

/** A status without an error of S3. */
function hasNoReason({ fault, status }: S3Fault): boolean {
  return status === 404 && !/^NoSuch(?:Key|Bucket)$/u.test(fault)
}

// Stores reject an unknown header with various codes.
function mayBeAboutSum({ fault, status }: S3Fault): boolean {
  return (status === 400 && !['ExpiredToken', 'InvalidToken', 'RequestTimeout', 'TokenRefreshRequired'].includes(fault)) || status === 501
}

function sdkObjects(request: SdkRequest, names: KeyNames): Omit<S3Calls, keyof ReturnType<typeof sdkUploads> | 'close'> {
  let refusesSums = false
  return {
    put: ({ key, bytes, sums, properties }, signal) =>
      request(signal, async ({ sdk, client, Bucket, isTls }) => {
        names.assertListable(key)
        const input = { Bucket, Key: key, Body: bytes, ContentLength: bytes.length, ...sumsInput(sums), ...propertiesInput(properties) }
        return receiptOf(taken(await client.send(unsigned(new sdk.PutObjectCommand(input)), { abortSignal: signal })), { isTls })
      }),
    head: (key, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const command = new sdk.HeadObjectCommand({ Bucket, Key: key })
        const send = () => client.send(command, { abortSignal: signal }).catch(ignoring('NoSuchKey', 'NotFound'))
        const head = await send().catch(async (thrown: unknown) => {
          if (!SILENT.has(faultOf(thrown).status ?? 0)) throw thrown
          await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 }), { abortSignal: signal })
          return await send()
        })
        if (!head) return undefined
        return { bytes: head.ContentLength ?? 0, etag: unquoted(taken(head).ETag), storageClass: head.StorageClass ?? 'STANDARD' }
      }),
    get: ({ key, from, ifMatch }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const range = from === undefined ? {} : { Range: `bytes=${from}-` }
        const input = { Bucket, Key: key, ...range, ...(ifMatch !== undefined && { IfMatch: quoted(ifMatch) }) }
        const open = (wantsSum: boolean) => {
          const command = new sdk.GetObjectCommand(input)
          return client.send(wantsSum ? withSum(command) : command, { abortSignal: signal })
        }
        const wantsSum = from === undefined && !refusesSums
        const found = await open(wantsSum)
          .catch(async (thrown: unknown) => {
            if (!wantsSum || !mayBeAboutSum(faultOf(thrown))) throw thrown
            const answer = await open(false)
            // Not requested again: the store rejects requests with this header.
            refusesSums = true
            return answer
          })
          .catch(async (thrown: unknown) => {
            if (!hasNoReason(faultOf(thrown))) throw thrown
            // A page of a proxy has the same status: only a listing shows that the object is missing.
            const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 }), { abortSignal: signal })
            throw Contents[0]?.Key === key ? thrown : new S3Fault('NoSuchKey', 'HTTP status 404', { status: 404, cause: thrown })
          })
        return {
          body: found.Body as Readable,
          bytes: found.ContentLength ?? 0,
          etag: unquoted(found.ETag),
          isEncrypted: found.ServerSideEncryption !== undefined,
          ...(from === undefined && found.ChecksumCRC32 !== undefined && { crc32: found.ChecksumCRC32 }),
        }
      }),
    list: ({ prefix, token }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const input = { Bucket, Prefix: prefix, EncodingType: 'url' as const, ...(token !== undefined && { ContinuationToken: token }) }
        const page = await client.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal })
        const { Contents: found = [], EncodingType } = page
        const exists = (key: string) =>
          client.send(new sdk.HeadObjectCommand({ Bucket, Key: key }), { abortSignal: signal }).then(
            () => true,
            (thrown: unknown) => {
              const fault = faultOf(thrown, signal.aborted)
              if (fault.status === undefined || fault.status >= 500) throw fault
              return false
            },
          )
        const keys = await names.read({ texts: found.map(({ Key = '' }) => Key), isAnnounced: EncodingType === 'url' }, exists)
        const objects = found.map(({ Size = 0, LastModified }, index) => ({
          key: keys[index] ?? '',
          bytes: Size,
          ...(isDate(LastModified) && { modified: LastModified }),
        }))
        return { objects, ...(page.IsTruncated === true && { next: page.NextContinuationToken || brokenList() }) }
      }),
    remove: (key, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key }), { abortSignal: signal }).catch(ignoring('NoSuchKey'))
      }),
    removeMany: (keys, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const Delete = { Objects: keys.map((Key) => ({ Key })) }
        const { Deleted = [], Errors = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete }), { abortSignal: signal })
        const gone = new Set([...Deleted, ...Errors.filter(({ Code }) => Code === 'NoSuchKey')].map(({ Key }) => Key))
        const refusals = new Map(Errors.map((it) => [it.Key, it]))
        return keys
          .filter((key) => !gone.has(key))
          .map((key) => ({ key, code: refusals.get(key)?.Code ?? 'Unknown', message: refusals.get(key)?.Message ?? '' }))
      }),
    copyOntoItself: ({ key, properties, ifMatch }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const source = { CopySource: copySource(Bucket, key), CopySourceIfMatch: quoted(ifMatch), MetadataDirective: 'COPY' as const }
        // The tags are copied automatically.
        const { tagging: _, ...rest } = properties
        await client.send(new sdk.CopyObjectCommand({ Bucket, Key: key, ...source, ...propertiesInput(rest) }), { abortSignal: signal })
      }),
  }
}

interface Listing {
  readonly names: KeyNames
  readonly listObjects: S3Calls['list']
}

/** The calls for multipart uploads. */
function sdkUploads(
  request: SdkRequest,
  { names, listObjects }: Listing,
): Pick<S3Calls, 'createUpload' | 'putPart' | 'copyPart' | 'completeUpload' | 'abortUpload' | 'listUploads'> {
  return {
    createUpload: ({ key, properties, crc32 = false }, signal) =>
      request(signal, async ({ sdk, client, Bucket, isTls }) => {
        names.assertListable(key)
        const input = { Bucket, Key: key, ...(crc32 && { ChecksumAlgorithm: 'CRC32' as const }), ...propertiesInput(properties) }
        const { UploadId = '', ChecksumAlgorithm } = await client.send(new sdk.CreateMultipartUploadCommand(input), { abortSignal: signal })
        if (UploadId === '') throw new S3Fault('OtherAnswer', 'the answer has no upload id')
        return { uploadId: UploadId, takesCrc32: ChecksumAlgorithm === 'CRC32', isSigned: !isTls }
      }),
    putPart: ({ key, uploadId, number, bytes, sums }, signal) =>
      request(signal, async ({ sdk, client, Bucket, isTls }) => {
        const part = { Bucket, Key: key, UploadId: uploadId, PartNumber: number }
        const input = { ...part, Body: bytes, ContentLength: bytes.length, ...sumsInput(sums) }
        return receiptOf(taken(await client.send(unsigned(new sdk.UploadPartCommand(input)), { abortSignal: signal })), { isTls })
      }),
    copyPart: ({ key, uploadId, number, source, range, ifMatch }, signal) =>
      request(signal, async ({ sdk, client, Bucket, isTls }) => {
        const from = { CopySource: copySource(Bucket, source), ...(ifMatch !== undefined && { CopySourceIfMatch: quoted(ifMatch) }) }
        const bytes = range && { CopySourceRange: `bytes=${range[0]}-${range[1]}` }
        const input = { Bucket, Key: key, UploadId: uploadId, PartNumber: number, ...from, ...bytes }
        const { CopyPartResult, ServerSideEncryption } = await client.send(new sdk.UploadPartCopyCommand(input), { abortSignal: signal })
        return receiptOf({ ...CopyPartResult, ServerSideEncryption }, { isTls })
      }),
    completeUpload: ({ key, uploadId, parts }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const input = { Bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts.map(partInput) } }
        await client.send(new sdk.CompleteMultipartUploadCommand(input), { abortSignal: signal })
      }),
    abortUpload: ({ key, uploadId }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId })
        await client.send(command, { abortSignal: signal }).catch(ignoring('NoSuchUpload'))
      }),
    listUploads: ({ prefix, after }, signal) =>
      request(signal, async ({ sdk, client, Bucket }) => {
        const from = after && { KeyMarker: after.key, UploadIdMarker: after.uploadId }
        const input = { Bucket, Prefix: prefix, EncodingType: 'url' as const, ...from }
        const page = await client.send(new sdk.ListMultipartUploadsCommand(input), { abortSignal: signal })
        const found = page.Uploads ?? []
        const listed = { texts: [...found.map(({ Key = '' }) => Key), page.NextKeyMarker ?? ''], isAnnounced: page.EncodingType === 'url' }
        // There may be objects beside them, which show how keys are encoded.
        if (!names.isClear(listed)) await listObjects({ prefix }, signal)
        const keys = await names.read(listed, async () => undefined)
        const uploads = found.map(({ UploadId = '', Initiated = new Date(0) }, index) => ({
          key: keys[index] ?? '',
          uploadId: UploadId,
          begun: Initiated,
        }))
        const last = uploads.at(-1)
        if (page.IsTruncated !== true) return { uploads }
        // Without a key, the first page would be returned again.
        const key = keys.at(-1) || last?.key || brokenList()
        return { uploads, next: { key, uploadId: page.NextUploadIdMarker ?? last?.uploadId ?? '' } }
      }),
  }
}
