import { readPipe } from './pipe-reader.ts'

const TAIL_BYTES = 512

/** What a program wrote beside its output: the number of lines, or the last bytes as text. */
export interface Tap {
  /** Whole once `end` has resolved. */
  value(): number | string
  /** Resolves when nobody holds the write end any more. */
  readonly end: Promise<void>
  /** Reads what is there now. */
  takeRest(): void
  stop(): void
}

export function readTap(fd: number, collect: 'lines' | 'tail'): Tap {
  let lines = 0
  let tail = Buffer.alloc(0)
  const { end, takeRest, stop } = readPipe(fd, (chunk) => {
    if (collect === 'lines') lines += countLines(chunk)
    else tail = Buffer.from(chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES))
  })
  return { value: () => (collect === 'lines' ? lines : tail.toString('utf8')), end, takeRest, stop }
}

function countLines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++
  return count
}
