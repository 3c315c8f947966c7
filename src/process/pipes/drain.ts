import { Socket } from 'node:net'

const DRAINED_BYTES = 1024 * 1024

/** What is left of a pipe after its reader ended well. */
export interface Drain {
  /** True once we closed the read end with the writer still there: its death by SIGPIPE is no failure then. */
  readonly cutOff: boolean
  readonly bytes: number
  stop(): void
}

/**
 * Takes the rest of a pipe's bytes and throws them away, at most 1 MiB, then closes the read end. So a reader that has seen enough
 * (`head -n1`) does not hurt a writer with little left to say, and an endless writer (`yes`) ends by SIGPIPE.
 */
export function drainPipe(keeperFd: number): Drain {
  const socket = new Socket({ fd: keeperFd, readable: true, writable: false })
  let bytes = 0
  let cutOff = false
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= DRAINED_BYTES) return
    cutOff = true
    socket.destroy()
  })
  return {
    get cutOff() {
      return cutOff
    },
    get bytes() {
      return bytes
    },
    stop: () => {
      socket.destroy()
    },
  }
}
