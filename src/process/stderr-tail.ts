import { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'

const KEPT_BYTES = 8 * 1024

/** Reads a child's stderr from our end of its pipe and keeps the last 8 KiB. */
export interface StderrTail {
  /** The kept bytes as text; what is not UTF-8 is shown as replacement characters. */
  text(): string
  /** Whether nobody holds the write end any more. */
  readonly closed: boolean
  /** Resolves when nobody holds the write end any more. */
  readonly end: Promise<void>
  /** Stops reading and closes our end. */
  stop(): void
}

export function keepStderr(keeperFd: number, onText?: (text: string) => void): StderrTail {
  const socket = new Socket({ fd: keeperFd, readable: true, writable: false })
  const decoder = new StringDecoder('utf8')
  let kept = Buffer.alloc(0)
  let closed = false
  socket.on('data', (chunk: Buffer) => {
    kept = chunk.length >= KEPT_BYTES ? Buffer.from(chunk.subarray(-KEPT_BYTES)) : Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES)
    onText?.(decoder.write(chunk))
  })
  // A reading error of a pipe means that nothing more can come; what was read so far stays.
  socket.on('error', () => undefined)
  const end = new Promise<void>((resolve) => {
    socket.on('close', () => {
      closed = true
      resolve()
    })
  })
  return {
    text: () => kept.toString('utf8'),
    get closed() {
      return closed
    },
    end,
    stop: () => {
      socket.destroy()
    },
  }
}
