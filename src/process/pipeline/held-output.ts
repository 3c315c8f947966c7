import { Socket } from 'node:net'
import { Readable } from 'node:stream'

/**
 * The output of a pipeline as a stream. Its end is held back: when the pipe ends, `drained` resolves, and the stream stays open until `release` ends it or
 * `break` destroys it, so that a storage never stores a part of an object as the whole.
 */
export interface HeldOutput {
  readonly stream: Readable
  readonly bytes: number
  /** Resolves when the last byte has been read from the pipe, although it may not have been read from the stream. */
  readonly drained: Promise<void>
  /** All stages have succeeded: ends the stream. */
  release(): void
  /** Destroys the stream with the cause, so that the storage sees an error, not an end. */
  break(cause: Error): void
}

const AHEAD_BYTES = 1024 * 1024

/**
 * Takes over `keeperFd`, which is closed at the end of the pipe or when the stream is destroyed. `aheadBytes`: the number of bytes read in advance.
 */
export function holdOutput(keeperFd: number, aheadBytes = AHEAD_BYTES): HeldOutput {
  const socket = new Socket({ fd: keeperFd, readable: true, writable: false })
  let bytes = 0
  const stream = new Readable({
    highWaterMark: aheadBytes,
    read: () => {
      socket.resume()
    },
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  // A reader gets the error; without one, `done` reports it. An error without a listener would end the program.
  stream.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (!stream.push(chunk)) socket.pause()
  })
  const drained = new Promise<void>((resolve, reject) => {
    socket.on('end', () => {
      resolve()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('the reader closed the output'))
    })
  })
  drained.catch(() => undefined)
  return {
    stream,
    get bytes() {
      return bytes
    },
    drained,
    release: () => {
      stream.push(null)
    },
    break: (cause) => {
      stream.destroy(cause)
    },
  }
}

/** The output of a pipeline without stages: empty. */
export function emptyOutput(): Readable {
  return Readable.from([])
}
