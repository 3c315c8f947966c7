import { constants, fstatSync, writeSync } from 'node:fs'
import { reopenSync } from '../../files/folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { inOrder } from '../../lib/format.ts'

/**
 * The destination of text. A reader that has closed its end is not an error: further output is discarded. Characters that reorder text are escaped in
 * all output.
 */
export interface Output {
  write(text: string): void
  readonly isTerminal: boolean
  /** Columns of the terminal; 80 if unknown. */
  columns(): number
  /** Resolves with true when all output was written or discarded, with false after `limitMs`. */
  flushed(limitMs: number): Promise<boolean>
  /** The system's error code if output could not be written for a reason other than a closed reader: `ENOSPC`, `EIO`. */
  trouble(): string | undefined
}

const RETRY_MS = 20

/** The module for terminals. */
export type Terminals = typeof import('node:tty')

// In `rdev`, above the eight bits of the minor number. This major number is that of `/dev/null` and its kind (null(4)).
const MAJOR_BITS = 8
const MEMORY = 1

/** The module for terminals, if one of the descriptors may be one: it loads the network and the streams of Node.js, a tenth of a start. */
export async function terminalsFor(fds: readonly number[]): Promise<Terminals | undefined> {
  return fds.some(mayBeTerminal) ? await import('node:tty') : undefined
}

function mayBeTerminal(fd: number): boolean {
  try {
    const entry = fstatSync(fd)
    return entry.isCharacterDevice() && entry.rdev >> MAJOR_BITS !== MEMORY
  } catch {
    return false
  }
}

/**
 * Writes to one of the standard descriptors, in order, immediately if possible.
 *
 * Node's own `process.stdout` makes a pipe that is shared with child processes non-blocking, so that their writes fail; with plain blocking writes, a
 * suspended reader would stop the whole program. Therefore a pipe or terminal is opened a second time, non-blocking only for this descriptor, and
 * output that it does not accept yet is kept in memory. `terminals`: absent if the descriptor is no terminal.
 */
export function fdOutput(fd: number, terminals?: Terminals): Output {
  const isTerminal = terminals?.isatty(fd) === true
  const target = reopen(fd, isTerminal) ?? fd
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
    isTerminal,
    columns: () => (isTerminal ? columnsOf(fd, terminals) : 80),
    trouble: () => trouble,
    write(text) {
      if (closed || text === '') return
      waiting.push(Buffer.from(inOrder(text)))
      if (timer === undefined) drain()
    },
    async flushed(limitMs) {
      // Most commands wait for nothing, and the clock would be loaded for it.
      if (waiting.length === 0 || closed) return true
      const deadline = performance.now() + limitMs
      while (waiting.length > 0 && !closed) {
        if (performance.now() >= deadline) return false
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
      return true
    },
  }
}

// Not for regular files, for which a second description has its own position. Not possible for sockets and for pipes of other users, which stay
// blocking.
function reopen(fd: number, isTerminal: boolean): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO() && !isTerminal) return undefined
    return reopenSync(fd, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return undefined
  }
}

const streams = new Map<number, InstanceType<Terminals['WriteStream']>>()

function columnsOf(fd: number, { WriteStream }: Terminals): number {
  const stream = streams.get(fd) ?? new WriteStream(fd)
  streams.set(fd, stream)
  return stream.getWindowSize()[0] || 80
}
