import { type CheckKind, sumsOf } from '../read/integrity.ts'
import type { FinishedPart, ObjectProperties, UploadId } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'
import { everyUpload } from './unfinished-uploads.ts'
import type { UploadDeps } from './upload-deps.ts'

/** A multipart upload that was begun. */
export interface OpenUpload extends UploadId {
  /** All parts have this kind of checksum. */
  readonly sums: CheckKind
  readonly mayHaveDuplicate: boolean
}

/** The parts of an upload. */
export interface Filled {
  readonly bytes: number
  readonly parts: readonly FinishedPart[]
}

/**
 * Begins an upload, lets it be filled, completes it, and checks the size of the object. On any failure the upload is aborted, and nothing is stored;
 * if it cannot be aborted, the next sweep does so. When `fill` rejects, all its requests must have ended.
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
    if (upload.mayHaveDuplicate) await abortDuplicates(upload, deps)
  }
}

/** Sends one byte as the part with this number, in an upload that is then aborted. Resolves with the refusal, undefined if there was none. */
export async function acceptsPart(
  { key, properties }: Parameters<typeof withUpload>[0],
  number: number,
  deps: UploadDeps,
): Promise<S3Fault | undefined> {
  const upload = await beginUpload({ key, properties }, deps)
  const bytes = Buffer.from('x')
  try {
    await deps.calls.putPart({ ...upload, number, bytes, sums: sumsOf(bytes, upload.sums) }, deps.signal)
    return undefined
  } catch (thrown) {
    const fault = faultOf(thrown, deps.signal.aborted)
    if (!isAboutNumber(fault)) throw fault
    return fault
  } finally {
    await abort(upload, deps)
    if (upload.mayHaveDuplicate) await abortDuplicates(upload, deps)
  }
}

/** A store rejects the number of a part. */
export function isAboutNumber({ status, fault, message }: S3Fault): boolean {
  return status === 400 && (fault === 'InvalidArgument' || /part/iu.test(fault) || /part ?number|number of parts/iu.test(message))
}

async function beginUpload(target: Parameters<typeof withUpload>[0], { calls, integrity, signal }: UploadDeps): Promise<OpenUpload> {
  const create = async (crc32: boolean): Promise<OpenUpload> => {
    const begun = await calls.createUpload({ ...target, crc32 }, signal)
    integrity.learn(begun)
    const { uploadId, takesCrc32, isSigned, mayHaveDuplicate = false } = begun
    return { key: target.key, uploadId, sums: takesCrc32 ? 'crc32' : isSigned ? 'signed' : 'md5', mayHaveDuplicate }
  }
  try {
    return await create(integrity.kind === 'unknown' || integrity.kind === 'crc32')
  } catch (thrown) {
    if (!integrity.isRefused(faultOf(thrown))) throw thrown
    return await create(false)
  }
}

/** If the answer was lost and the request repeated, the upload no longer exists although it succeeded: the object itself is checked. */
async function complete({ key, uploadId }: OpenUpload, { bytes, parts }: Filled, { calls, signal }: UploadDeps): Promise<void> {
  const refusal = await calls.completeUpload({ key, uploadId, parts }, signal).then(
    () => undefined,
    (thrown: unknown) => {
      const { fault, message, status } = faultOf(thrown)
      if (/same (?:length|size)/iu.test(message)) throw new S3Fault('UnequalParts', message, { status, cause: thrown })
      if (fault !== 'NoSuchUpload') throw thrown
      return thrown
    },
  )
  const head = await calls.head(key, signal)
  if (refusal !== undefined && !(head?.bytes === bytes && head.etag.endsWith(`-${parts.length}`))) throw refusal
  if (head?.bytes === bytes) return
  await calls.remove(key, signal)
  throw new S3Fault('Corrupted', `the stored object has ${head?.bytes ?? 'no'} bytes, expected ${bytes}`)
}

/** Without the run's signal, which is usually aborted here. */
async function abort({ key, uploadId }: OpenUpload, { calls }: UploadDeps): Promise<void> {
  await calls.abortUpload({ key, uploadId }, AbortSignal.timeout(ABORT_LIMIT_MS)).catch(() => undefined)
}

/** No other run uses the key, so that every other upload to it was begun by a request whose answer was lost. */
async function abortDuplicates({ key, uploadId }: OpenUpload, { calls }: UploadDeps): Promise<void> {
  const signal = AbortSignal.timeout(ABORT_LIMIT_MS)
  try {
    for (const other of await everyUpload(calls, key, signal))
      if (other.key === key && other.uploadId !== uploadId) await calls.abortUpload({ key, uploadId: other.uploadId }, signal)
  } catch {
    // Left to a sweep.
  }
}

const ABORT_LIMIT_MS = 30_000
