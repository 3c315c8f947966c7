import { writeSync } from 'node:fs'

const FLUSH_BYTES = 64 * 1024
const BUFFER_BYTES = 512 * 1024

/** A buffer for output to a pipe. */
export interface TarOutput {
  readonly buffer: Buffer
  /** The position of the next byte, advanced by the code that writes to the buffer. */
  used: number
  /** The total number of bytes. */
  readonly total: number
  /** Ensures free space for this number of bytes, at most 256 KiB. */
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
      // A pipe holds 64 KiB: with larger writes, the reader would wait while the next one is prepared.
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
