import { faultOf, S3Fault } from '../s3-fault.ts'
import { acceptsPart } from './open-upload.ts'
import { MAX_PARTS, smallPartsOf } from './part-plan.ts'
import type { PartLimit, Upload, UploadDeps } from './upload-deps.ts'

// Some stores accept a thousand parts (Scaleway Object Storage, for example).
const FEW_PARTS = 1000

/** Determines whether the store accepts the last part of ten thousand, by a request; without one if the configuration contains the number. */
export function openPartLimit(isConfigured: boolean): PartLimit {
  let known: Promise<number> | undefined
  return {
    async smallParts(upload, deps) {
      if (isConfigured || upload.parts.partsPerSegment === 0) return upload.parts.smallParts
      known ??= maxPartsOf(upload, deps).catch((thrown: unknown) => {
        known = undefined
        const fault = faultOf(thrown, deps.signal.aborted)
        if (fault.fault === 'TooManyParts' || deps.signal.aborted) throw fault
        // Not known: the upload itself will show it.
        return MAX_PARTS
      })
      return Math.min(upload.parts.smallParts, smallPartsOf(await known))
    },
  }
}

/** The number of parts that the store accepts, found out with one part or two. Rejects with the fault `TooManyParts` if they are fewer than any known one. */
export async function maxPartsOf(upload: Pick<Upload, 'key' | 'properties'>, deps: UploadDeps): Promise<number> {
  const refusal = await acceptsPart(upload, MAX_PARTS, deps)
  if (refusal === undefined) return MAX_PARTS
  const named = [...refusal.message.matchAll(/\d+/gu)].map(Number).findLast((number) => number >= FEW_PARTS && number < MAX_PARTS)
  const most = named ?? FEW_PARTS
  const other = await acceptsPart(upload, most, deps)
  if (other !== undefined) throw new S3Fault('TooManyParts', other.message, { status: other.status })
  return most
}
