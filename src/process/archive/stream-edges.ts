/** The size of a stream, and the bytes at its beginning and end. */
export interface StreamEdges {
  readonly bytes: number
  readonly head: Buffer
  readonly tail: Buffer
}

const EDGE_BYTES = 1024

/** Watches a stream; the result is updated by each `see`. */
export function watchEdges(): StreamEdges & { see(chunk: Buffer): void } {
  const seen = { bytes: 0, head: Buffer.alloc(0), tail: Buffer.alloc(0) }
  return Object.assign(seen, {
    see(chunk: Buffer) {
      if (seen.head.length < EDGE_BYTES) seen.head = Buffer.concat([seen.head, chunk.subarray(0, EDGE_BYTES - seen.head.length)])
      seen.tail = Buffer.from(chunk.length >= EDGE_BYTES ? chunk.subarray(-EDGE_BYTES) : Buffer.concat([seen.tail, chunk]).subarray(-EDGE_BYTES))
      seen.bytes += chunk.length
    },
  })
}
