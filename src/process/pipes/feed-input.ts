import { closeSync, write } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemCode } from '../../lib/errors.ts'

const writeOnce = promisify(write)

/** A stream that is passed to the first stage of a pipeline. */
export interface Feed {
  /** Resolves with undefined when the stream was read to its end, otherwise with its error. Never rejects. */
  readonly ended: Promise<unknown>
  /** Stops, and closes the pipe. Called when the processes have ended: earlier, an incomplete stream would appear complete to them. */
  close(): Promise<void>
}

/**
 * Copies `input` to `fd`, the write end of the first stage's stdin, and closes it after a successful end. If the stage stops reading, the rest is
 * still read, so that consumers that count or digest the stream see all of it.
 */
export function feedInput(fd: number, input: Readable): Feed {
  let isOpen = true
  const closeEnd = () => {
    if (isOpen) closeSync(fd)
    isOpen = false
  }
  const ended = copy(fd, input).then(
    () => {
      closeEnd()
      return undefined
    },
    (error: unknown) => error ?? new Error('the input ended unexpectedly'),
  )
  return {
    ended,
    async close() {
      input.destroy()
      // A pending write ends with the last reader. One that cannot be ended must not block; then the descriptor stays open.
      const isRemovalSettled = await Promise.race([ended.then(() => true), sleep(1000, false, { ref: false })])
      if (isRemovalSettled) closeEnd()
    },
  }
}

async function copy(fd: number, input: Readable): Promise<void> {
  let hasReader = true
  for await (const chunk of input) {
    if (hasReader) hasReader = await offer(fd, chunk as Uint8Array)
  }
}

/** Whether the pipe still has a reader. */
async function offer(fd: number, chunk: Uint8Array): Promise<boolean> {
  try {
    for (let done = 0; done < chunk.length; ) done += (await writeOnce(fd, chunk, done)).bytesWritten
    return true
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return false
    throw error
  }
}
