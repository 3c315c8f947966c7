import type { Readable } from 'node:stream'
import { openBodyReader, readPortion } from '../read/body-reader.ts'
import { sumsOf } from '../read/integrity.ts'
import { faultOf } from '../s3-fault.ts'
import type { Upload, UploadDeps } from './upload-deps.ts'
import { uploadParts } from './upload-parts.ts'

// What most of a host's objects are smaller than; they need no buffer of the pool.
const SMALL_BYTES = 256 * 1024

/**
 * Stores a stream of unknown length under a key, resolving with its bytes. All or nothing: what makes the object appear is asked for only after the
 * stream has come to its end, and nothing is asked for after an abort. A body that breaks rejects with what broke it, a call that fails with `S3Fault`;
 * the stream is destroyed then.
 */
export async function uploadBody(body: Readable, upload: Upload, deps: UploadDeps): Promise<number> {
  const { signal } = deps
  const { partBytes } = upload.parts
  const reader = openBodyReader(body)
  // A body that yields nothing must not keep an abort waiting.
  const onAbort = () => reader.drop()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const head = Buffer.allocUnsafe(Math.min(SMALL_BYTES, partBytes))
    const { length, isEnd } = await reader.fill(head, 0)
    signal.throwIfAborted()
    if (isEnd) return await putWhole(head.subarray(0, length), upload, deps)
    const first = await readPortion(reader, { partBytes, head: head.subarray(0, length) }, deps)
    try {
      return first.isEnd ? await putWhole(first.bytes, upload, deps) : await uploadParts({ reader, first }, upload, deps)
    } finally {
      first.release()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    reader.drop()
  }
}

async function putWhole(bytes: Buffer, { key, properties }: Upload, { calls, integrity, signal, failpoint }: UploadDeps): Promise<number> {
  const put = () => {
    // What is locked is refused without a sum beside it.
    const kind = properties.lock && integrity.kind === 'signed' ? 'md5' : integrity.kind
    return calls.put({ key, bytes, properties, sums: sumsOf(bytes, kind) }, signal)
  }
  try {
    const receipt = await put()
    integrity.learn({ takesCrc32: receipt.crc32 !== undefined, isSigned: receipt.isSigned })
  } catch (thrown) {
    if (!integrity.isRefused(faultOf(thrown))) throw thrown
    await put()
  }
  failpoint?.('object-put')
  return bytes.length
}
