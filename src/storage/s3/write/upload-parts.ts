import { formatBytes } from '../../../lib/format.ts'
import { openWorkGroup } from '../../../lib/work-group.ts'
import { type BodyReader, type Portion, readPortion } from '../read/body-reader.ts'
import { sumsOf } from '../read/integrity.ts'
import type { CopyPartRequest, FinishedPart, Receipt } from '../s3-calls.ts'
import { faultOf, S3Fault } from '../s3-fault.ts'
import { type Filled, isAboutNumber, type OpenUpload, withUpload } from './open-upload.ts'
import type { Upload, UploadDeps } from './upload-deps.ts'

/** A stream whose first part was already read. */
export interface PartsSource {
  readonly reader: BodyReader
  readonly first: Portion
}

/** Stores a stream in parts, several in parallel. Resolves with its size. */
export function uploadParts(source: PartsSource, upload: Upload, deps: UploadDeps): Promise<number> {
  return withUpload(
    upload,
    async (open) => {
      const small = await sendParts(
        source,
        { open, upload, limit: upload.parts.smallParts, smallParts: () => deps.partLimit.smallParts(upload, deps) },
        deps,
      )
      if (small.isEnd) return small
      const large = await addSegments(source.reader, { open, upload, taken: small.parts.length }, deps)
      return { bytes: small.bytes + large.bytes, parts: [...small.parts, ...large.parts] }
    },
    deps,
  )
}

interface Sending {
  readonly open: OpenUpload
  readonly upload: Upload
  /** Maximum number of parts. */
  readonly limit: number
  /** The maximum of the store itself; requested if there are many parts. */
  readonly smallParts: () => Promise<number>
}

const ASKED_AT = 50

/** Sends parts until the stream ends or the maximum is reached. Resolves, or rejects, when no request is in progress. */
async function sendParts(
  { reader, first }: PartsSource,
  { open, upload, limit, smallParts }: Sending,
  { calls, pool, partsAtOnce, signal, failpoint }: UploadDeps,
): Promise<Filled & { readonly isEnd: boolean }> {
  const lane = openWorkGroup(partsAtOnce, signal)
  // A slow body must not delay the detection of a failed part.
  lane.signal.addEventListener('abort', () => reader.drop(), { once: true })
  const parts: FinishedPart[] = []
  let sent = 0
  const send = (portion: Portion, number: number) =>
    lane.begin(async (laneSignal) => {
      const { bytes, release } = portion
      const request = { ...open, number, bytes, sums: sumsOf(bytes, open.sums) }
      const receipt = await calls
        .putPart(request, laneSignal)
        .catch((thrown: unknown) => {
          const fault = faultOf(thrown, laneSignal.aborted)
          throw number > 1 && isAboutNumber(fault) ? new S3Fault('TooManyParts', `part ${number}: ${fault.message}`, { cause: fault }) : fault
        })
        .finally(release)
      parts[number - 1] = { ...receipt, number }
      failpoint?.('part-sent')
    })
  let portion = first
  let most = limit
  try {
    for (let number = 1; ; number++) {
      if (number === ASKED_AT) most = Math.min(limit, await smallParts())
      sent += portion.bytes.length
      if (portion.bytes.length > 0) await send(portion, number)
      else portion.release()
      if (portion.isEnd || number === most) break
      portion = await readPortion(reader, { partBytes: upload.parts.partBytes }, { pool, signal: lane.signal })
    }
    await lane.settled()
    return { bytes: sent, parts, isEnd: portion.isEnd }
  } catch (error) {
    lane.stop(error)
    // Rejects with the first failure. A buffer in use must not be overwritten.
    await lane.settled().finally(portion.release)
    throw error
  }
}

interface Rest {
  readonly open: OpenUpload
  readonly upload: Upload
  /** Number of existing parts of the upload. */
  readonly taken: number
}

/**
 * The rest of a stream that is too long for parts from memory: each segment becomes a separate object, then a part by a copy within the store, and is
 * removed. It is stored beside the object, so that its remains after a crash are removed with the set.
 */
async function addSegments(reader: BodyReader, { open, upload, taken }: Rest, deps: UploadDeps): Promise<Filled> {
  const parts: FinishedPart[] = []
  let bytes = 0
  for (let isEnd = false; !isEnd; ) {
    const first = await readPortion(reader, { partBytes: upload.parts.partBytes }, deps)
    if (first.bytes.length === 0) {
      first.release()
      break
    }
    if (upload.parts.partsPerSegment === 0) {
      first.release()
      throw new S3Fault('TooManyParts', `it is larger than ${upload.parts.smallParts} parts of ${formatBytes(upload.parts.partBytes)}`)
    }
    const number = taken + parts.length + 1
    const key = `${upload.key}.holdfast-part-${number}`
    const segment = await uploadSegment({ reader, first }, { ...upload, key }, deps)
    isEnd = segment.isEnd
    bytes += segment.bytes
    parts.push({ ...(await takeOver({ ...open, number, source: key }, deps)), number })
  }
  return { bytes, parts }
}

/** Makes a part of a segment, and removes the segment in any case. */
async function takeOver(part: CopyPartRequest, deps: UploadDeps): Promise<Receipt> {
  const { calls, signal } = deps
  try {
    return await copiedPart(part, deps)
  } finally {
    await calls.remove(part.source, signal.aborted ? AbortSignal.timeout(CLEAR_UP_MS) : signal)
  }
}

/** A part copied within the store. Rejects with the fault `NoPartCopy` if the store does not do that. */
export function copiedPart(part: CopyPartRequest, { calls, signal }: Pick<UploadDeps, 'calls' | 'signal'>): Promise<Receipt> {
  return calls.copyPart(part, signal).catch((thrown: unknown) => {
    const { fault, status, message } = faultOf(thrown, signal.aborted)
    const isUnknown = fault === 'OtherAnswer' || status === 400 || status === 405 || status === 501
    throw isUnknown ? new S3Fault('NoPartCopy', message, { status, cause: thrown }) : thrown
  })
}

const CLEAR_UP_MS = 30_000

async function uploadSegment(source: PartsSource, upload: Upload, deps: UploadDeps): Promise<{ readonly bytes: number; readonly isEnd: boolean }> {
  // It is temporary: without a storage class with a minimum duration, and without a lock.
  const { storageClass: _class, lock: _lock, ...properties } = upload.properties
  let isEnd = false
  try {
    const fill = async (open: OpenUpload) => {
      const sent = await sendParts(
        source,
        { open, upload, limit: upload.parts.partsPerSegment, smallParts: async () => upload.parts.partsPerSegment },
        deps,
      )
      isEnd = sent.isEnd
      return sent
    }
    return { bytes: await withUpload({ key: upload.key, properties }, fill, deps), isEnd }
  } finally {
    source.first.release()
  }
}
