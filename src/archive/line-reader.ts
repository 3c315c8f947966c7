import { createReadStream } from 'node:fs'

/** A line without its line break, in a buffer that is used again. */
export interface RawLine {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Reads a file line by line, however long it is. Resolves with whether its last line was ended by a line break (an empty file was). */
export async function readLines(path: string, separator: number, { onLine, settle, signal }: LineCall): Promise<boolean> {
  let carry: Buffer | undefined
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    const bytes: Buffer = carry === undefined ? (chunk as Buffer) : Buffer.concat([carry, chunk as Buffer])
    let start = 0
    for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
      onLine({ bytes, start, end })
      start = end + 1
    }
    carry = start < bytes.length ? bytes.subarray(start) : undefined
    await settle?.()
  }
  if (carry === undefined) return true
  onLine({ bytes: carry, start: 0, end: carry.length })
  return false
}

export interface LineCall {
  readonly onLine: (line: RawLine) => void
  /** Awaited between batches of lines. */
  readonly settle?: () => Promise<void>
  readonly signal: AbortSignal
}
