import { constants, fstatSync, writeSync } from 'node:fs'
import { isatty, WriteStream } from 'node:tty'
import { reopenSync } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { inOrder } from '../../lib/format.ts'

/**
 * Where text goes. A reader that left is no fault: what it does not take is dropped. Whatever is written, be it what a program said or a JSON text, it is
 * shown in its own order.
 */
export interface Output {
  write(text: string): void
  readonly isTerminal: boolean
  /** Columns of the terminal as it is now; 80 where that cannot be known. */
  columns(): number
  /** Resolves when everything was taken or dropped: true; or when `limitMs` have passed: false. */
  flushed(limitMs: number): Promise<boolean>
  /** The system's code when something could not be written for another reason than that the reader left: `ENOSPC`, `EIO`. */
  trouble(): string | undefined
}

const RETRY_MS = 20

/**
 * Writes to one of our standard descriptors, in order, at once where that is possible.
 *
 * Node's own `process.stdout` makes the pipe that we share with our children non-blocking, so that their writes fail; a plain blocking write would
 * let a reader that sleeps stop the whole program. So a pipe or terminal is opened a second time, non-blocking for us alone, and what it does not
 * take yet waits in memory.
 */
export function fdOutput(fd: number): Output {
  const target = reopen(fd) ?? fd
  const waiting: Buffer[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let trouble: string | undefined

  const drain = () => {
    timer = undefined
    while (waiting[0] !== undefined && !closed) {
      const [first] = waiting
      const written = tryWrite(first)
      if (written === 'later') {
        timer = setTimeout(drain, RETRY_MS)
        return
      }
      if (written < first.length) waiting[0] = first.subarray(written)
      else waiting.shift()
    }
  }
  const tryWrite = (bytes: Buffer): number | 'later' => {
    try {
      return writeSync(target, bytes)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'EAGAIN') return 'later'
      if (code !== 'EPIPE') trouble = code ?? 'unknown'
      closed = true
      return bytes.length
    }
  }
  return {
    isTerminal: isatty(fd),
    columns: () => columnsOf(fd),
    trouble: () => trouble,
    write(text) {
      if (closed || text === '') return
      waiting.push(Buffer.from(inOrder(text)))
      if (timer === undefined) drain()
    },
    async flushed(limitMs) {
      const deadline = performance.now() + limitMs
      while (waiting.length > 0 && !closed) {
        if (performance.now() >= deadline) return false
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
      return true
    },
  }
}

// Not for regular files: a second description has its own position. Not possible for sockets, nor for a pipe of another user: those stay blocking.
function reopen(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO() && !isatty(fd)) return undefined
    return reopenSync(fd, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return undefined
  }
}

const streams = new Map<number, WriteStream>()

function columnsOf(fd: number): number {
  if (!isatty(fd)) return 80
  const stream = streams.get(fd) ?? new WriteStream(fd)
  streams.set(fd, stream)
  return stream.getWindowSize()[0] || 80
}
