import { closeSync, write } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { systemCode } from '../../lib/errors.ts'

const writeOnce = promisify(write)

/** A stream on its way into the first stage of a pipeline. */
export interface Feed {
  /** Resolves with undefined when the stream was read to its end, else with what broke it. Never rejects. */
  readonly ended: Promise<unknown>
  /** Gives up, and closes our end. Called when the processes have ended: before that a broken stream would look to them like a whole one. */
  close(): Promise<void>
}

/**
 * Copies `input` into `fd`, our end of the first stage's stdin, and closes that at a good end. Where the stage stops reading, the rest is read all the
 * same, so that who counts or digests the stream sees all of it.
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
      // A write under way ends with the last reader. One that cannot be ended must not hold us up as well; then the descriptor stays.
      const isSettled = await Promise.race([ended.then(() => true), sleep(1000, false, { ref: false })])
      if (isSettled) closeEnd()
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
