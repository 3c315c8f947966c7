const LINE_FEEDS = 0x0a0a0a0a
const LOW_BITS = 0x7f7f7f7f
/** Sums of bytes, one for each of four places, are read before one of them can overflow. */
const MOST_WORDS = 255

/** The line breaks in these bytes. Takes time in proportion to the bytes, however short the lines are. */
export function countLineBreaks(bytes: Buffer): number {
  if (bytes.length < 8) return countOneByOne(bytes, 0, bytes.length)
  const skipped = -bytes.byteOffset & 3
  const length = (bytes.length - skipped) >> 2
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + skipped, length)
  let count = countOneByOne(bytes, 0, skipped) + countOneByOne(bytes, skipped + 4 * length, bytes.length)
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + MOST_WORDS)
    let sums = 0
    for (; at < end; at += 1) {
      // Zero where the byte is a line feed. From that, the highest bit of each byte is set where it is zero ("Hacker's Delight", 6-1).
      const word = (words[at] as number) ^ LINE_FEEDS
      sums = (sums + (~(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS) >>> 7)) | 0
    }
    count += (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24)
  }
  return count
}

function countOneByOne(bytes: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at += 1) if (bytes[at] === 10) count += 1
  return count
}
