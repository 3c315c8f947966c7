import { Socket } from 'node:net'

/** The end of a pipeline that is written by Holdfast if it is small and soon complete, otherwise by a writer process, started for it. */
export interface SmallOutput {
  /** The number of bytes read here; what the writer process copies is not counted. */
  readonly bytes: number
  /**
   * Resolves with undefined when all of the output is written, or with the result of `startWriter` if there is more, or may be. Rejects with the error of `write` or
   * `startWriter`.
   */
  readonly done: Promise<unknown>
  /** Stops reading, and closes the read end. No writer is started afterwards by this. A write in progress is not affected. */
  close(): void
}

export interface SmallOutputSettings {
  /** Non-blocking, and owned by the output from now on. It stays open, without being read, while a writer process runs. */
  readonly keeperFd: number
  /** Writes at the position in the file from which the writer process continues. */
  readonly write: (data: Uint8Array) => Promise<void>
  /** Starts the process that copies the rest. */
  readonly startWriter: () => Promise<void>
  /** How long the beginning is held before it is written, and the writer process started. */
  readonly heldMs?: number | undefined
}

// The capacity of a pipe: the programs of a smaller output do not wait for its writer.
const SMALL_BYTES = 64 * 1024
// The output of slow programs is not withheld from the file, its observers and other storages.
const HELD_MS = 500

// All outputs use it: data is copied before the next one is read.
const buffer = Buffer.allocUnsafeSlow(SMALL_BYTES)

export function takeSmallOutput({ keeperFd, write, startWriter, heldMs = HELD_MS }: SmallOutputSettings): SmallOutput {
  const chunks: Buffer[] = []
  let bytes = 0
  const { promise: filled, resolve, reject } = Promise.withResolvers<'whole' | 'more'>()
  let timer: NodeJS.Timeout | undefined
  const endHolding = () => {
    socket.pause()
    resolve('more')
  }
  const onread = {
    buffer,
    callback(count: number) {
      chunks.push(Buffer.from(buffer.subarray(0, count)))
      bytes += count
      timer ??= setTimeout(endHolding, heldMs)
      const isSmall = bytes <= SMALL_BYTES
      if (!isSmall) resolve('more')
      // False stops reading: the rest is left in the pipe.
      return isSmall
    },
  }
  const socket = new Socket({ fd: keeperFd, readable: true, writable: false, onread })
  socket.on('end', () => resolve('whole'))
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('the output was closed')))
  socket.resume()
  const copy = async () => {
    const kind = await filled.finally(() => clearTimeout(timer))
    if (bytes > 0) await write(Buffer.concat(chunks))
    chunks.length = 0
    if (kind === 'more') await startWriter()
  }
  const done = copy()
  // A rejection before it is awaited must not end the program.
  done.catch(() => undefined)
  return {
    get bytes() {
      return bytes
    },
    done,
    close: () => {
      socket.destroy()
    },
  }
}
