/** Limits of S3: number of parts of an upload, size of an object and of a copy. Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
export const MAX_PARTS = 10_000
export const MAX_COPY_BYTES = 5 * 1024 ** 3

// Parts sent from memory. The rest are segments of 5 GiB each: of 10,000 parts, more than 5 TiB in total.
const SMALL_SHARE = 0.89
const LARGEST_PART_BYTES = 64 * 1024 ** 2
// With fewer parts than usual, an object of unknown size should nevertheless seldom need segments.
const USUAL_BYTES = 64 * 1024 ** 3

export interface PartPlan {
  /** Size of each part except the last: equal, as required by some servers. */
  readonly partBytes: number
  /** Number of parts sent from memory. */
  readonly smallParts: number
  /** Followed by segments combined within the store, each with this number of parts. 0: no segments, because all parts must have the same size. */
  readonly partsPerSegment: number
}

/** What a store accepts. */
export interface PartRules {
  readonly partBytes: number
  /** Absent: 10,000, as documented for S3. */
  readonly maxParts?: number | undefined
  /** All parts except the last must have the same size. */
  readonly equalParts?: boolean | undefined
}

/**
 * The division of an object of unknown size, so that it can reach 5 TiB with the memory of a few parts. A large expected size increases the part
 * size, within limits, so that segments are not needed.
 */
export function decideParts({
  partBytes,
  expectedBytes = 0,
  maxParts = MAX_PARTS,
  equalParts = false,
}: PartRules & { readonly expectedBytes?: number | undefined }): PartPlan {
  const smallParts = equalParts ? maxParts : smallPartsOf(maxParts)
  const wantedBytes = Math.max(expectedBytes, maxParts < MAX_PARTS ? USUAL_BYTES : 0)
  let bytes = partBytes
  while (bytes * smallParts < wantedBytes && bytes * 2 <= LARGEST_PART_BYTES) bytes *= 2
  return { partBytes: bytes, smallParts, partsPerSegment: equalParts ? 0 : Math.max(1, Math.min(maxParts, Math.floor(MAX_COPY_BYTES / bytes))) }
}

/** The number of parts sent from memory, if the store accepts this number in total. */
export function smallPartsOf(maxParts: number): number {
  return Math.max(1, Math.floor(maxParts * SMALL_SHARE))
}

/** First and last byte of each range of a copy of this size. */
export function copyRanges(bytes: number, rangeBytes: number): readonly (readonly [number, number])[] {
  const size = Math.max(rangeBytes, Math.ceil(bytes / MAX_PARTS))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => [index * size, Math.min(bytes, (index + 1) * size) - 1] as const)
}
