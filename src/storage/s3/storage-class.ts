import type { FinishedPart, ObjectHead, ObjectProperties, S3Calls } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'
import { copyRanges, MAX_COPY_BYTES } from './write/part-plan.ts'

const RANGE_BYTES = 1024 ** 3
const DEFAULT_CLASS = 'STANDARD'

export interface ClassChange {
  readonly key: string
  /** With the new class. */
  readonly properties: ObjectProperties
}

/**
 * Changes the storage class of an object by a copy to itself within the store. The object is unchanged until the copy is complete. Does nothing if
 * the object has that class. `maxCopyBytes`: larger ones are copied in parts.
 */
export async function changeClass(
  calls: S3Calls,
  change: ClassChange,
  options: { readonly signal: AbortSignal; readonly maxCopyBytes?: number },
): Promise<void> {
  const { signal, maxCopyBytes = MAX_COPY_BYTES } = options
  const head = await calls.head(change.key, signal)
  if (head === undefined) throw new S3Fault('NoSuchKey', 'object not found', { status: 404 })
  if (head.storageClass === (change.properties.storageClass ?? DEFAULT_CLASS)) return
  const done = unlessDone(calls, { ...change, head }, signal)
  // If repeated, the store finds another ETag, a class that it does not copy from, or nothing to change.
  if (head.bytes <= maxCopyBytes)
    await calls.copyOntoItself({ ...change, ifMatch: head.etag }, signal).catch(done('PreconditionFailed', 'InvalidObjectState', 'InvalidRequest'))
  else await copyInParts(calls, { ...change, head, rangeBytes: Math.min(RANGE_BYTES, maxCopyBytes) }, signal)
}

interface BegunChange extends ClassChange {
  readonly head: ObjectHead
}

/** Ignores these faults if only the answer was lost: then the object has the same size, and the new class. */
function unlessDone(calls: S3Calls, { key, properties, head }: BegunChange, signal: AbortSignal) {
  return (...faults: readonly string[]) =>
    async (thrown: unknown): Promise<void> => {
      const found = faults.includes(faultOf(thrown).fault) ? await calls.head(key, signal) : undefined
      if (found?.bytes !== head.bytes || found.storageClass !== (properties.storageClass ?? DEFAULT_CLASS)) throw thrown
    }
}

interface LargeChange extends BegunChange {
  readonly rangeBytes: number
}

async function copyInParts(calls: S3Calls, { key, properties, head, rangeBytes }: LargeChange, signal: AbortSignal): Promise<void> {
  const { uploadId } = await calls.createUpload({ key, properties }, signal)
  try {
    const parts: FinishedPart[] = []
    for (const [index, range] of copyRanges(head.bytes, rangeBytes).entries()) {
      const number = index + 1
      parts.push({ ...(await calls.copyPart({ key, uploadId, number, source: key, range, ifMatch: head.etag }, signal)), number })
    }
    const done = unlessDone(calls, { key, properties, head }, signal)
    await calls.completeUpload({ key, uploadId, parts }, signal).catch(done('NoSuchUpload'))
  } catch (error) {
    await calls.abortUpload({ key, uploadId }, AbortSignal.timeout(30_000)).catch(() => undefined)
    throw error
  }
}
