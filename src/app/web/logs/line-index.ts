import type { FileHandle } from 'node:fs/promises'

const CHUNK = 1024 * 1024
const EVERY = 256
// A line can be as long as the file; only its beginning is returned.
const MAX_LINE = 16 * 1024
const SAMPLE_BYTES = 256

/**
 * The positions of the lines in the part of a file that has been read. The file is read once from the beginning, and continued after it has grown.
 */
export interface LineIndex {
  readonly count: number
  readonly bytes: number
  /** Whether the current file has been read completely. */
  readonly isComplete: boolean
  /** Whether the file still has the first and the last bytes that were read: it was not truncated, also not if it was written again. */
  isCurrent(): Promise<boolean>
  /** Reads until this many lines are known, or to the end. */
  until(lines: number): Promise<void>
  /** The lines from this one on. */
  read(from: number, count: number): Promise<readonly { readonly number: number; readonly text: string; readonly length: number }[]>
  close(): Promise<void>
}

export function indexLines(handle: FileHandle): LineIndex {
  // The position of each 256th line: 2 million lines require 8,000 numbers.
  const marks: number[] = [0]
  let count = 0
  let position = 0
  let isComplete = false
  // The position after the last newline; the text after it is the last line of a program that was killed.
  let lineStart = 0
  let samples: readonly Sample[] = []
  const lineCount = () => count + (isComplete && position > lineStart ? 1 : 0)
  let turn: Promise<void> = Promise.resolve()
  const advance = async (lines: number) => {
    if (isComplete && (await handle.stat()).size === position) return
    isComplete = false
    const buffer = Buffer.allocUnsafe(CHUNK)
    while (count < lines) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, position)
      if (bytesRead === 0) {
        isComplete = true
        return
      }
      const chunk = buffer.subarray(0, bytesRead)
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) {
        count += 1
        lineStart = position + at + 1
        if (count % EVERY === 0) marks.push(position + at + 1)
      }
      samples = withSample(samples, chunk, position)
      position += bytesRead
    }
  }
  return {
    get count() {
      return lineCount()
    },
    get bytes() {
      return position
    },
    get isComplete() {
      return isComplete
    },
    async isCurrent() {
      for (const { at, bytes } of samples) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes.length), 0, bytes.length, at)
        if (!buffer.subarray(0, bytesRead).equals(bytes)) return false
      }
      return true
    },
    until(lines) {
      turn = turn.catch(() => undefined).then(() => advance(lines))
      return turn
    },
    async read(from, wanted) {
      const mark = Math.floor(from / EVERY)
      const start = marks[mark]
      if (start === undefined || wanted <= 0) return []
      return readLines(handle, { start, skip: from - mark * EVERY, first: from, wanted: Math.min(wanted, Math.max(0, lineCount() - from)) })
    },
    close: () => handle.close(),
  }
}

/** Bytes of the file, and their position. */
interface Sample {
  readonly at: number
  readonly bytes: Buffer
}

/** The first sample, and that of the end of this chunk. */
function withSample([first]: readonly Sample[], chunk: Buffer, position: number): readonly Sample[] {
  const last = Buffer.from(chunk.subarray(-SAMPLE_BYTES))
  return [first ?? { at: 0, bytes: Buffer.from(chunk.subarray(0, SAMPLE_BYTES)) }, { at: position + chunk.length - last.length, bytes: last }]
}

interface Wanted {
  readonly start: number
  readonly skip: number
  readonly first: number
  readonly wanted: number
}

async function readLines(handle: FileHandle, { start, skip, first, wanted }: Wanted) {
  const lines: { readonly number: number; readonly text: string; readonly length: number }[] = []
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const line = collectLine()
  let skipped = 0
  const end = () => {
    const whole = line.end()
    if (skipped < skip) skipped += 1
    else if (lines.length < wanted) lines.push({ number: first + lines.length, ...whole })
  }
  for (let position = start; lines.length < wanted; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) {
      end()
      break
    }
    position += bytesRead
    const chunk = buffer.subarray(0, bytesRead)
    let at = 0
    for (let found = chunk.indexOf(10); found !== -1; found = chunk.indexOf(10, at)) {
      line.add(chunk.subarray(at, found))
      end()
      at = found + 1
    }
    line.add(chunk.subarray(at))
  }
  return lines
}

/** The beginning of a line, and its length. */
function collectLine() {
  let kept: Buffer[] = []
  let [keptBytes, length] = [0, 0]
  return {
    add(part: Buffer) {
      length += part.length
      if (keptBytes >= MAX_LINE) return
      const piece = Buffer.from(part.subarray(0, MAX_LINE - keptBytes))
      kept.push(piece)
      keptBytes += piece.length
    },
    end() {
      const whole = { text: Buffer.concat(kept).toString('utf8').replace(/\r$/u, ''), length }
      kept = []
      ;[keptBytes, length] = [0, 0]
      return whole
    },
  }
}
