import { writeSync } from 'node:fs'

const FLUSH_BYTES = 64 * 1024
const BUFFER_BYTES = 512 * 1024

/** Gathers what goes into a pipe, and writes it before it is too much. */
export interface TarOutput {
  readonly buffer: Buffer
  /** Where the next byte goes. Advanced by the code that writes into the buffer. */
  used: number
  /** How many bytes have been gathered in all. */
  readonly total: number
  /** Sees to it that so many bytes have room, 256 KiB at most. */
  reserve(bytes: number): void
  flush(): void
}

export function tarOutput(fd: number): TarOutput {
  let written = 0
  const output: TarOutput = {
    buffer: Buffer.allocUnsafe(BUFFER_BYTES),
    used: 0,
    get total() {
      return written + output.used
    },
    reserve(bytes) {
      // A pipe holds 64 KiB: with more the reader would wait while more is gathered.
      if (output.used >= FLUSH_BYTES || output.used + bytes > BUFFER_BYTES) output.flush()
    },
    flush() {
      for (let done = 0; done < output.used; ) done += writeSync(fd, output.buffer, done, output.used - done)
      written += output.used
      output.used = 0
    },
  }
  return output
}
