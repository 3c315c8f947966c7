import type { CheckKind } from '../read/integrity.ts'
import type { FinishedPart, ObjectProperties, UploadId } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'
import { everyUpload } from './unfinished-uploads.ts'
import type { UploadDeps } from './upload-deps.ts'

/** An upload in parts that has been begun. */
export interface OpenUpload extends UploadId {
  /** Parts bear this kind of sum, all alike. */
  readonly sums: CheckKind
  readonly mayHaveTwin: boolean
}

/** What an upload was filled with. */
export interface Filled {
  readonly bytes: number
  readonly parts: readonly FinishedPart[]
}

/**
 * Begins an upload, has it filled, completes it, and makes sure of the object's length. On any failure the upload is aborted, and nothing is stored;
 * one that cannot be aborted is left to the next sweep. `fill` must have ended with every request of its own when it rejects.
 */
export async function withUpload(
  target: { readonly key: string; readonly properties: ObjectProperties },
  fill: (upload: OpenUpload) => Promise<Filled>,
  deps: UploadDeps,
): Promise<number> {
  const upload = await beginUpload(target, deps)
  deps.failpoint?.('upload-begun')
  try {
    const filled = await fill(upload)
    deps.signal.throwIfAborted()
    deps.failpoint?.('upload-filled')
    await complete(upload, filled, deps)
    deps.failpoint?.('upload-completed')
    return filled.bytes
  } catch (error) {
    await abort(upload, deps)
    throw error
  } finally {
    if (upload.mayHaveTwin) await abortTwins(upload, deps)
  }
}

async function beginUpload(target: Parameters<typeof withUpload>[0], { calls, integrity, signal }: UploadDeps): Promise<OpenUpload> {
  const create = async (crc32: boolean): Promise<OpenUpload> => {
    const begun = await calls.createUpload({ ...target, crc32 }, signal)
    integrity.learn(begun)
    const { uploadId, takesCrc32, isSigned, mayHaveTwin = false } = begun
    return { key: target.key, uploadId, sums: takesCrc32 ? 'crc32' : isSigned ? 'signed' : 'md5', mayHaveTwin }
  }
  try {
    return await create(integrity.kind === 'unknown' || integrity.kind === 'crc32')
  } catch (thrown) {
    if (!integrity.isRefused(faultOf(thrown))) throw thrown
    return await create(false)
  }
}

/** Where the answer was lost and the request sent again, the upload is gone although all is well: the object itself has the last word. */
async function complete({ key, uploadId }: OpenUpload, { bytes, parts }: Filled, { calls, signal }: UploadDeps): Promise<void> {
  const refusal = await calls.completeUpload({ key, uploadId, parts }, signal).then(
    () => undefined,
    (thrown: unknown) => {
      if (faultOf(thrown).fault !== 'NoSuchUpload') throw thrown
      return thrown
    },
  )
  const head = await calls.head(key, signal)
  if (refusal !== undefined && !(head?.bytes === bytes && head.etag.endsWith(`-${parts.length}`))) throw refusal
  if (head?.bytes === bytes) return
  await calls.remove(key, signal)
  throw new S3Fault('Corrupted', `the stored object has ${head?.bytes ?? 'no'} bytes, expected ${bytes}`)
}

/** Not by the run's own signal, which is mostly why we are here. */
async function abort({ key, uploadId }: OpenUpload, { calls }: UploadDeps): Promise<void> {
  await calls.abortUpload({ key, uploadId }, AbortSignal.timeout(ABORT_LIMIT_MS)).catch(() => undefined)
}

/** The key is ours alone, so that every other upload to it is one that we began and never heard of. */
async function abortTwins({ key, uploadId }: OpenUpload, { calls }: UploadDeps): Promise<void> {
  const signal = AbortSignal.timeout(ABORT_LIMIT_MS)
  try {
    for (const other of await everyUpload(calls, key, signal))
      if (other.key === key && other.uploadId !== uploadId) await calls.abortUpload({ key, uploadId: other.uploadId }, signal)
  } catch {
    // It is left to a sweep.
  }
}

const ABORT_LIMIT_MS = 30_000
