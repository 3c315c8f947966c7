import { type Entry, openRegularIn } from '../files/entries.ts'
import { shownIn } from '../files/folder.ts'
import { ArchiveError } from './errors.ts'

/** A line without its line break, in a buffer that is reused. */
export interface RawLine {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

// Small enough that other activities are not delayed.
const BLOCK_BYTES = 64 * 1024

/** Reads a file of any size line by line. Resolves with whether the last line was complete (true for an empty file). */
export async function readLines({ folder, name }: Entry, separator: number, { onLine, settle, signal }: LineCall): Promise<boolean> {
  const handle = await openRegularIn(folder, name)
  if (handle === undefined) throw new ArchiveError('failed', `"${shownIn(folder, name)}" is no longer a regular file`)
  try {
    let block = Buffer.allocUnsafe(BLOCK_BYTES)
    // The part of an incomplete line in the block.
    let kept = 0
    for (;;) {
      signal.throwIfAborted()
      // A line that fills the block requires a larger one.
      if (kept === block.length) block = Buffer.concat([block], 2 * block.length)
      const { bytesRead } = await handle.read(block, kept, block.length - kept)
      if (bytesRead === 0) break
      const filled = block.subarray(0, kept + bytesRead)
      kept = filled.length - emitLines(filled, separator, onLine)
      block.copyWithin(0, filled.length - kept, filled.length)
      await settle?.()
    }
    if (kept > 0) onLine({ bytes: block, start: 0, end: kept })
    return kept === 0
  } finally {
    await handle.close()
  }
}

/** Calls back for each complete line; returns the start of the incomplete one. */
function emitLines(bytes: Buffer, separator: number, onLine: LineCall['onLine']): number {
  let start = 0
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    onLine({ bytes, start, end })
    start = end + 1
  }
  return start
}

export interface LineCall {
  readonly onLine: (line: RawLine) => void
  /** Awaited between batches of lines. */
  readonly settle?: () => Promise<void>
  readonly signal: AbortSignal
}
