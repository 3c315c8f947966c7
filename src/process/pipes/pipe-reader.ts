import { readSync } from 'node:fs'
import { Socket } from 'node:net'

/** Our end of a pipe that is read as its bytes come. */
export interface PipeReader {
  /** Whether the write end is closed everywhere, and everything has been read. */
  readonly closed: boolean
  /** Resolves when the write end is closed everywhere. */
  readonly end: Promise<void>
  /**
   * Reads what is in the pipe now. When a program has ended, that is all that it has said: a pipe holds what was written, even if other processes still have it open for writing.
   */
  takeRest(): void
  /** Stops reading and closes our end. */
  stop(): void
}

// More than a pipe holds as Linux makes it; who writes without end is not waited for.
const REST_BYTES = 1024 * 1024

/** `fd` is non-blocking, and the reader's from now on. */
export function readPipe(fd: number, hear: (chunk: Buffer) => void): PipeReader {
  const socket = new Socket({ fd, readable: true, writable: false })
  let closed = false
  socket.on('data', hear)
  // A reading error of a pipe means that nothing more can come; what was read so far stays.
  socket.on('error', () => undefined)
  const end = new Promise<void>((resolve) => {
    socket.on('close', () => {
      closed = true
      resolve()
    })
  })
  return {
    get closed() {
      return closed || socket.destroyed
    },
    end,
    takeRest() {
      // The descriptor is gone as soon as the socket is destroyed, and its number may be another's.
      if (closed || socket.destroyed) return
      const chunk = Buffer.allocUnsafe(64 * 1024)
      for (let bytes = 0; bytes < REST_BYTES; ) {
        const count = readNow(fd, chunk)
        if (count === undefined) return
        if (count === 0) {
          closed = true
          return
        }
        bytes += count
        hear(Buffer.from(chunk.subarray(0, count)))
      }
    },
    stop: () => {
      socket.destroy()
    },
  }
}

/** Undefined when nothing is there. */
function readNow(fd: number, chunk: Buffer): number | undefined {
  try {
    return readSync(fd, chunk)
  } catch {
    return undefined
  }
}
