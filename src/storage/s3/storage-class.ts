import { copyRanges, MAX_COPY_BYTES } from './part-plan.ts'
import type { FinishedPart, ObjectHead, ObjectProperties, S3Calls } from './s3-calls.ts'
import { faultOf, S3Fault } from './s3-fault.ts'

const RANGE_BYTES = 1024 ** 3
const DEFAULT_CLASS = 'STANDARD'

export interface ClassChange {
  readonly key: string
  /** With the new class. */
  readonly properties: ObjectProperties
}

/**
 * Gives an object another storage class, by a copy onto itself within the store. Until the copy is whole the object stays as it was. Does nothing where
 * the object has that class already. `maxCopyBytes`: larger ones are copied in parts.
 */
export async function changeClass(
  calls: S3Calls,
  change: ClassChange,
  options: { readonly signal: AbortSignal; readonly maxCopyBytes?: number },
): Promise<void> {
  const { signal, maxCopyBytes = MAX_COPY_BYTES } = options
  const head = await calls.head(change.key, signal)
  if (head === undefined) throw new S3Fault('NoSuchKey', 'there is no such object', { status: 404 })
  if (head.storageClass === (change.properties.storageClass ?? DEFAULT_CLASS)) return
  if (head.bytes <= maxCopyBytes) await calls.copyOntoItself({ ...change, ifMatch: head.etag }, signal)
  else await copyInParts(calls, { ...change, head, rangeBytes: Math.min(RANGE_BYTES, maxCopyBytes) }, signal)
}

interface LargeChange extends ClassChange {
  readonly head: ObjectHead
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
    await calls.completeUpload({ key, uploadId, parts }, signal).catch(async (thrown: unknown) => {
      // Where only the answer was lost, the upload is gone and the class is the new one.
      const found = faultOf(thrown).fault === 'NoSuchUpload' ? await calls.head(key, signal) : undefined
      if (found?.bytes !== head.bytes || found.storageClass !== properties.storageClass) throw thrown
    })
  } catch (error) {
    await calls.abortUpload({ key, uploadId }, AbortSignal.timeout(30_000)).catch(() => undefined)
    throw error
  }
}
