import { readSync } from 'node:fs'
import { Socket } from 'node:net'

/** The read end of a pipe whose data is read as it arrives. */
export interface PipeReader {
  /** Whether all write ends are closed, and everything has been read. */
  readonly closed: boolean
  /** Resolves when all write ends are closed. */
  readonly end: Promise<void>
  /**
   * Reads the current contents of the pipe. After a program has ended, this is its complete output: the pipe contains all written data, even if other
   * processes still have it open for writing.
   */
  takeRest(): void
  /** Stops reading and closes the read end. */
  stop(): void
}

// More than the default capacity of a Linux pipe; an endless writer is not waited for.
const REST_BYTES = 1024 * 1024

// The capacity of a pipe. All readers use it: data is read into it only when the data before was passed on.
const buffer = Buffer.allocUnsafeSlow(64 * 1024)

/** `fd` is non-blocking, and owned by the reader from now on. A chunk is valid until `onChunk` returns. */
export function readPipe(fd: number, onChunk: (chunk: Buffer) => void): PipeReader {
  const onread = {
    buffer,
    callback(bytes: number) {
      onChunk(buffer.subarray(0, bytes))
      return true
    },
  }
  const socket = new Socket({ fd, readable: true, writable: false, onread })
  let closed = false
  socket.resume()
  // After a read error on a pipe, no more data can arrive; data read so far is kept.
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
      // The descriptor is closed when the socket is destroyed, and its number may be reused.
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
        onChunk(chunk.subarray(0, count))
      }
    },
    stop: () => {
      socket.destroy()
    },
  }
}

/** Undefined if no data is available. */
function readNow(fd: number, chunk: Buffer): number | undefined {
  try {
    return readSync(fd, chunk)
  } catch {
    return undefined
  }
}
