import { countBlocks } from '../../lib/count-blocks.ts'
import type { TapCollects } from '../../plan/command.ts'
import { listedMemberCounter, type MemberCounts } from './listed-members.ts'
import { readPipe } from './pipe-reader.ts'

const TAIL_BYTES = 512

export type TapValue = number | string | MemberCounts

/** A program's additional output: the number of lines or blocks, what a listing of tar contains, or the last bytes as text. */
export interface Tap {
  /** Complete after `end` has resolved. */
  value(): TapValue
  /** Resolves when all write ends are closed. */
  readonly end: Promise<void>
  /** Reads the available data. */
  takeRest(): void
  stop(): void
}

/** `onTail` receives everything that a tap of the kind `tail` reads. */
export function readTap(fd: number, collect: TapCollects, onTail?: (chunk: Buffer) => void): Tap {
  let lines = 0
  const blocks = countBlocks()
  const members = listedMemberCounter()
  let tail = Buffer.alloc(0)
  const { end, takeRest, stop } = readPipe(fd, (chunk) => {
    if (collect === 'lines') lines += countLines(chunk)
    else if (collect === 'blocks') blocks.see(chunk)
    else if (collect === 'members') members.see(chunk)
    else {
      tail = Buffer.from(chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES))
      if (collect === 'tail') onTail?.(chunk)
    }
  })
  const value = () => {
    if (collect === 'tail' || collect === 'end') return tail.toString('utf8')
    if (collect === 'members') return members.counts
    return collect === 'lines' ? lines : blocks.count
  }
  return { value, end, takeRest, stop }
}

function countLines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++
  return count
}
