import { Socket } from 'node:net'

const TAIL_BYTES = 512

/** What a program wrote beside its output: the number of lines, or the last bytes as text. */
export interface Tap {
  /** Whole once `end` has resolved. */
  value(): number | string
  /** Resolves when nobody holds the write end any more. */
  readonly end: Promise<void>
  stop(): void
}

export function readTap(fd: number, collect: 'lines' | 'tail'): Tap {
  const socket = new Socket({ fd, readable: true, writable: false })
  let lines = 0
  let tail = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    if (collect === 'lines') lines += countLines(chunk)
    else tail = Buffer.from(chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES))
  })
  // A reading error of a pipe means that nothing more can come.
  socket.on('error', () => undefined)
  const end = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve()
    })
  })
  return {
    value: () => (collect === 'lines' ? lines : tail.toString('utf8')),
    end,
    stop: () => {
      socket.destroy()
    },
  }
}

function countLines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++
  return count
}
