/** What every S3 allows: parts of one upload, bytes of one object and of one copy. Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const MAX_PARTS = 10_000
export const MAX_COPY_BYTES = 5 * 1024 ** 3

// From what memory holds. The rest of the 10,000 are segments of 5 GiB each, which together are more than 5 TiB.
const MAX_SMALL_PARTS = 8900
const LARGEST_PART_BYTES = 64 * 1024 ** 2

export interface PartPlan {
  /** Bytes of each part but the last: all the same, as some servers want. */
  readonly partBytes: number
  /** So many parts are sent from memory. */
  readonly smallParts: number
  /** Then come parts that are put together in the store, each of so many parts of their own. */
  readonly partsPerSegment: number
}

/**
 * How an object of unknown size is cut, so that it may reach 5 TiB without more memory than a few parts take. A large expected size makes parts larger,
 * within reason, so that no segment is needed.
 */
export function decideParts({ partBytes, expectedBytes = 0 }: { readonly partBytes: number; readonly expectedBytes?: number | undefined }): PartPlan {
  let bytes = partBytes
  while (bytes * MAX_SMALL_PARTS < expectedBytes && bytes * 2 <= LARGEST_PART_BYTES) bytes *= 2
  return { partBytes: bytes, smallParts: MAX_SMALL_PARTS, partsPerSegment: Math.max(1, Math.floor(MAX_COPY_BYTES / bytes)) }
}

/** First and last byte of each range that a copy of so many bytes is made of. */
export function copyRanges(bytes: number, rangeBytes: number): readonly (readonly [number, number])[] {
  const size = Math.max(rangeBytes, Math.ceil(bytes / MAX_PARTS))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => [index * size, Math.min(bytes, (index + 1) * size) - 1] as const)
}
