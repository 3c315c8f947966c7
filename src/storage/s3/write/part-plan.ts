/** Limits of S3: number of parts of an upload, size of an object and of a copy. Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const MAX_PARTS = 10_000
export const MAX_COPY_BYTES = 5 * 1024 ** 3

// Parts sent from memory. The rest of the 10,000 are segments of 5 GiB each, more than 5 TiB in total.
const MAX_SMALL_PARTS = 8900
const LARGEST_PART_BYTES = 64 * 1024 ** 2

export interface PartPlan {
  /** Size of each part except the last: equal, as required by some servers. */
  readonly partBytes: number
  /** Number of parts sent from memory. */
  readonly smallParts: number
  /** Followed by segments combined within the store, each with this number of parts. */
  readonly partsPerSegment: number
}

/**
 * The division of an object of unknown size, so that it can reach 5 TiB with the memory of a few parts. A large expected size increases the part
 * size, within limits, so that segments are not needed.
 */
export function decideParts({ partBytes, expectedBytes = 0 }: { readonly partBytes: number; readonly expectedBytes?: number | undefined }): PartPlan {
  let bytes = partBytes
  while (bytes * MAX_SMALL_PARTS < expectedBytes && bytes * 2 <= LARGEST_PART_BYTES) bytes *= 2
  return { partBytes: bytes, smallParts: MAX_SMALL_PARTS, partsPerSegment: Math.max(1, Math.floor(MAX_COPY_BYTES / bytes)) }
}

/** First and last byte of each range of a copy of this size. */
export function copyRanges(bytes: number, rangeBytes: number): readonly (readonly [number, number])[] {
  const size = Math.max(rangeBytes, Math.ceil(bytes / MAX_PARTS))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => [index * size, Math.min(bytes, (index + 1) * size) - 1] as const)
}
