import type { S3Calls } from '../s3-calls.ts'
import type { Ask } from './sdk-ask.ts'
import { brokenList, copySource, decodeKey, forgiving, partInput, propertiesInput, quoted, receiptOf, sumsInput, unsigned } from './sdk-words.ts'

/** The calls about uploads in parts. */
export function sdkUploads(ask: Ask): Pick<S3Calls, 'createUpload' | 'putPart' | 'copyPart' | 'completeUpload' | 'abortUpload' | 'listUploads'> {
  return {
    createUpload: ({ key, properties, crc32 = false }, signal) =>
      ask(signal, async ({ sdk, client, Bucket, isTls }) => {
        const input = { Bucket, Key: key, ...(crc32 && { ChecksumAlgorithm: 'CRC32' as const }), ...propertiesInput(properties) }
        const { UploadId = '', ChecksumAlgorithm } = await client.send(new sdk.CreateMultipartUploadCommand(input), { abortSignal: signal })
        return { uploadId: UploadId, takesCrc32: ChecksumAlgorithm === 'CRC32', isSigned: !isTls }
      }),
    putPart: ({ key, uploadId, number, bytes, sums }, signal) =>
      ask(signal, async ({ sdk, client, Bucket, isTls }) => {
        const part = { Bucket, Key: key, UploadId: uploadId, PartNumber: number }
        const input = { ...part, Body: bytes, ContentLength: bytes.length, ...sumsInput(sums) }
        return receiptOf(await client.send(unsigned(new sdk.UploadPartCommand(input)), { abortSignal: signal }), { isTls })
      }),
    copyPart: ({ key, uploadId, number, source, range, ifMatch }, signal) =>
      ask(signal, async ({ sdk, client, Bucket, isTls }) => {
        const from = { CopySource: copySource(Bucket, source), ...(ifMatch !== undefined && { CopySourceIfMatch: quoted(ifMatch) }) }
        const bytes = range && { CopySourceRange: `bytes=${range[0]}-${range[1]}` }
        const input = { Bucket, Key: key, UploadId: uploadId, PartNumber: number, ...from, ...bytes }
        const { CopyPartResult, ServerSideEncryption } = await client.send(new sdk.UploadPartCopyCommand(input), { abortSignal: signal })
        return receiptOf({ ...CopyPartResult, ServerSideEncryption }, { isTls })
      }),
    completeUpload: ({ key, uploadId, parts }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const input = { Bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: parts.map(partInput) } }
        await client.send(new sdk.CompleteMultipartUploadCommand(input), { abortSignal: signal })
      }),
    abortUpload: ({ key, uploadId }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const command = new sdk.AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId })
        await client.send(command, { abortSignal: signal }).catch(forgiving('NoSuchUpload'))
      }),
    listUploads: ({ prefix, after }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const from = after && { KeyMarker: after.key, UploadIdMarker: after.uploadId }
        const input = { Bucket, Prefix: prefix, EncodingType: 'url' as const, ...from }
        const page = await client.send(new sdk.ListMultipartUploadsCommand(input), { abortSignal: signal })
        const keyOf = (key = '') => decodeKey(key, page.EncodingType)
        const uploads = (page.Uploads ?? []).map(({ Key, UploadId = '', Initiated = new Date(0) }) => ({
          key: keyOf(Key),
          uploadId: UploadId,
          begun: Initiated,
        }))
        const last = uploads.at(-1)
        if (page.IsTruncated !== true) return { uploads }
        // Without a key the first page would come again.
        const key = keyOf(page.NextKeyMarker) || last?.key || brokenList()
        return { uploads, next: { key, uploadId: page.NextUploadIdMarker ?? last?.uploadId ?? '' } }
      }),
  }
}
