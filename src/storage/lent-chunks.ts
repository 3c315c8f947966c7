import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { refuseAborted } from './system-errors.ts'

const LEND = Symbol('lend')

interface Lender {
  readonly [LEND]?: () => AsyncIterable<Uint8Array>
}

// Measured with SHA-256 of 1 GiB: half of the CPU time of new chunks of 64 KiB, each of which the kernel clears first.
const LENT_BYTES = 1024 * 1024

/** The contents of an open file. The stream closes the handle at its end, and `lentChunks` reads it with few, large buffers. */
export function streamOfFile(handle: FileHandle, { signal, label }: { readonly signal: AbortSignal; readonly label: string }): Readable {
  // Small chunks: they become garbage after use, and larger ones would accumulate to a hundred MiB before they are collected.
  const stream = handle.createReadStream({ highWaterMark: 64 * 1024, signal })
  const lend = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* readInTurns(handle, () => refuseAborted(signal, `reading ${label}`))
    } finally {
      stream.destroy()
    }
  }
  return Object.assign(stream, { [LEND]: lend } satisfies Lender)
}

/**
 * The contents of a stream from which nothing was read yet, for a reader that is done with each chunk before it requests the next one: the buffer of a chunk is
 * used again. Fails as the stream does. Leaving the loop destroys the stream.
 */
export function lentChunks(stream: Readable & Lender): AsyncIterable<Uint8Array> {
  return stream[LEND]?.() ?? stream
}

/** While one buffer is with the caller, the other one is filled. */
async function* readInTurns(handle: FileHandle, refuse: () => void): AsyncGenerator<Uint8Array> {
  // One byte more: the end of a small file is found with the second request, not the third.
  const size = Math.min(LENT_BYTES, Number((await handle.stat()).size) + 1)
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)]
  let position = 0
  const fill = (turn: number) => {
    refuse()
    const reading = handle.read(buffers[turn % 2] as Buffer, 0, size, position)
    // May fail before it is awaited, or after the caller has left.
    reading.catch(() => undefined)
    return reading
  }
  let filling = fill(0)
  for (let turn = 0; ; turn += 1) {
    const { bytesRead, buffer } = await filling
    if (bytesRead === 0) return
    position += bytesRead
    filling = fill(turn + 1)
    yield buffer.subarray(0, bytesRead)
  }
}
