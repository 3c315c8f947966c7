import type { Readable } from 'node:stream'
import type { BufferPool, Lease } from './buffer-pool.ts'

/** A stream read into Holdfast's own buffers. */
export interface BodyReader {
  /** Fills `buffer` from `from` on, until the stream ends. Rejects with the error of the stream, also if it stopped without an end. */
  fill(buffer: Buffer, from: number): Promise<{ readonly length: number; readonly isEnd: boolean }>
  /** Stops reading; the writer of the stream is notified. */
  drop(): void
}

/** The next bytes of a stream, in a buffer of the pool. The receiver releases it; releasing it twice has no effect. */
export interface Portion {
  readonly bytes: Buffer
  readonly isEnd: boolean
  release(): void
}

export function openBodyReader(body: Readable): BodyReader {
  // An error between two reads must not end the process; the next read rejects with it.
  body.on('error', () => undefined)
  const chunks: AsyncIterator<Buffer | string, undefined> = body[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let isEnd = false
  const next = async () => {
    const { value, done } = await chunks.next()
    // A stream that was destroyed without an error has not ended.
    if (done === true && !body.readableEnded) throw new Error('the stream ended unexpectedly')
    if (done === true) isEnd = true
    else rest = typeof value === 'string' ? Buffer.from(value) : value
  }
  return {
    async fill(buffer, from) {
      let length = from
      while (length < buffer.length) {
        if (rest.length === 0) await next()
        if (isEnd) break
        const taken = rest.copy(buffer, length)
        rest = rest.subarray(taken)
        length += taken
      }
      return { length, isEnd }
    },
    drop: () => {
      body.destroy()
    },
  }
}

/** Reads the next part, up to its maximum size. With `head`, these bytes come first: they were already read. */
export async function readPortion(
  reader: BodyReader,
  { partBytes, head }: { readonly partBytes: number; readonly head?: Buffer },
  { pool, signal }: { readonly pool: BufferPool; readonly signal: AbortSignal },
): Promise<Portion> {
  const lease: Lease = await pool.take(partBytes, signal)
  const { buffer, release } = lease
  try {
    const { length, isEnd } = await reader.fill(buffer, head?.copy(buffer) ?? 0)
    signal.throwIfAborted()
    return { bytes: buffer.subarray(0, length), isEnd, release }
  } catch (error) {
    release()
    throw error
  }
}
