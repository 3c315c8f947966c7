import type { Readable } from 'node:stream'
import type { S3Calls } from '../s3-calls.ts'
import { faultOf } from '../s3-fault.ts'
import { type Ask, openAsk, type SdkClient } from './sdk-ask.ts'
import { sdkUploads } from './sdk-uploads.ts'
import {
  brokenList,
  copySource,
  decodeKey,
  forgiving,
  isDate,
  propertiesInput,
  quoted,
  receiptOf,
  sumsInput,
  unquoted,
  unsigned,
  withSum,
} from './sdk-words.ts'

/** Our calls, by the AWS SDK. One attempt each. */
export function sdkCalls(open: () => Promise<SdkClient>): S3Calls {
  const { ask, close } = openAsk(open)
  return { ...sdkUploads(ask), ...sdkObjects(ask), close }
}

// A refused HEAD has no words: whether the credentials have expired, the answer to another request tells.
const SILENT: ReadonlySet<number> = new Set([400, 403])

function sdkObjects(ask: Ask): Omit<S3Calls, keyof ReturnType<typeof sdkUploads> | 'close'> {
  return {
    put: ({ key, bytes, sums, properties }, signal) =>
      ask(signal, async ({ sdk, client, Bucket, isTls }) => {
        const input = { Bucket, Key: key, Body: bytes, ContentLength: bytes.length, ...sumsInput(sums), ...propertiesInput(properties) }
        return receiptOf(await client.send(unsigned(new sdk.PutObjectCommand(input)), { abortSignal: signal }), { isTls })
      }),
    head: (key, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const command = new sdk.HeadObjectCommand({ Bucket, Key: key })
        const send = () => client.send(command, { abortSignal: signal }).catch(forgiving('NoSuchKey', 'NotFound'))
        const head = await send().catch(async (thrown: unknown) => {
          if (!SILENT.has(faultOf(thrown).status ?? 0)) throw thrown
          await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 }), { abortSignal: signal })
          return await send()
        })
        if (!head) return undefined
        return { bytes: head.ContentLength ?? 0, etag: unquoted(head.ETag), storageClass: head.StorageClass ?? 'STANDARD' }
      }),
    get: ({ key, from, ifMatch }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const range = from === undefined ? {} : { Range: `bytes=${from}-` }
        const input = { Bucket, Key: key, ...range, ...(ifMatch !== undefined && { IfMatch: quoted(ifMatch) }) }
        const command = new sdk.GetObjectCommand(input)
        const found = await client.send(from === undefined ? withSum(command) : command, { abortSignal: signal })
        return {
          body: found.Body as Readable,
          bytes: found.ContentLength ?? 0,
          etag: unquoted(found.ETag),
          isEncrypted: found.ServerSideEncryption !== undefined,
          ...(from === undefined && found.ChecksumCRC32 !== undefined && { crc32: found.ChecksumCRC32 }),
        }
      }),
    list: ({ prefix, token }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const input = { Bucket, Prefix: prefix, EncodingType: 'url' as const, ...(token !== undefined && { ContinuationToken: token }) }
        const page = await client.send(new sdk.ListObjectsV2Command(input), { abortSignal: signal })
        const objects = (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
          key: decodeKey(Key, page.EncodingType),
          bytes: Size,
          ...(isDate(LastModified) && { modified: LastModified }),
        }))
        return { objects, ...(page.IsTruncated === true && { next: page.NextContinuationToken || brokenList() }) }
      }),
    remove: (key, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key }), { abortSignal: signal }).catch(forgiving('NoSuchKey'))
      }),
    removeMany: (keys, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true }
        const { Errors = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete }), { abortSignal: signal })
        const refused = Errors.filter(({ Code }) => Code !== 'NoSuchKey')
        return refused.map(({ Key = '', Code = 'Unknown', Message = '' }) => ({ key: Key, code: Code, message: Message }))
      }),
    copyOntoItself: ({ key, properties, ifMatch }, signal) =>
      ask(signal, async ({ sdk, client, Bucket }) => {
        const source = { CopySource: copySource(Bucket, key), CopySourceIfMatch: quoted(ifMatch), MetadataDirective: 'COPY' as const }
        // The tags come along by themselves.
        const { tagging: _, ...rest } = properties
        await client.send(new sdk.CopyObjectCommand({ Bucket, Key: key, ...source, ...propertiesInput(rest) }), { abortSignal: signal })
      }),
  }
}
