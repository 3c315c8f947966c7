import type { Readable } from 'node:stream'
import { openBodyReader, readPortion } from '../read/body-reader.ts'
import { sumsOf } from '../read/integrity.ts'
import { faultOf } from '../s3-fault.ts'
import type { Upload, UploadDeps } from './upload-deps.ts'
import { uploadParts } from './upload-parts.ts'

// Most objects of a host are smaller; they need no buffer of the pool.
const SMALL_BYTES = 256 * 1024

/**
 * Stores a stream of unknown length under a key, and resolves with its size. All or nothing: the request that creates the object is sent only after
 * the stream has ended, and none is sent after an abort. Rejects with the error of the body, or with `S3Fault` if a call fails; the stream is
 * destroyed then.
 */
export async function uploadBody(body: Readable, upload: Upload, deps: UploadDeps): Promise<number> {
  const { signal } = deps
  const { partBytes } = upload.parts
  const reader = openBodyReader(body)
  // A body without data must not delay an abort.
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
    // Locked objects are rejected without a checksum.
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
