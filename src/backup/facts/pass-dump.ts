import { readSync, writeSync } from 'node:fs'
import { messageOf, systemCode } from '../../lib/errors.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import { watchBytes, watchDump } from './watch-dump.ts'

/** What the observer reports at its end. */
export interface DumpReport {
  /** With an empty `sha256` if the dump was not digested. */
  readonly facts: DumpFacts
  /** Why its contents could not be read. */
  readonly failure?: string
}

interface PassedDump {
  readonly kind: string
  readonly isDigested: boolean
  readonly hasTables: boolean
}

interface PassFds {
  readonly inputFd: number
  readonly outputFd: number
  readonly errorFd: number
  readonly tailFd: number
  readonly factsFd: number
}

// The capacity of a pipe.
const CHUNK_BYTES = 64 * 1024
const TAIL_BYTES = 512
// The exit code that a shell reports for SIGPIPE: the reader ended first, and is the cause.
const READER_CLOSED = 141
// Without a name in Node.js.
const QUOTA_ERRNO = -122

/** Passes a dump on, and observes it: one copy in one process. The exit code is 0 if all of it was passed on, even if its contents could not be read. */
export function passDump({ kind, ...watched }: PassedDump, { inputFd, outputFd, errorFd, tailFd, factsFd }: PassFds): number {
  try {
    const watch = watchDump(kind, watched) ?? watchBytes(watched.isDigested)
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    let tail = Buffer.alloc(0)
    for (;;) {
      const bytes = readSync(inputFd, chunk, 0, CHUNK_BYTES, null)
      if (bytes === 0) break
      const data = chunk.subarray(0, bytes)
      // First, so that the next program works at the same time.
      writeAll(outputFd, data)
      watch.see(data)
      tail = Buffer.from(bytes >= TAIL_BYTES ? data.subarray(-TAIL_BYTES) : Buffer.concat([tail, data]).subarray(-TAIL_BYTES))
    }
    writeAll(tailFd, tail)
    const facts = watch.end()
    const failure = watch.failure?.()
    const report: DumpReport = { facts, ...(failure !== undefined && { failure: messageOf(failure) }) }
    writeAll(factsFd, Buffer.from(JSON.stringify(report)))
    return 0
  } catch (error) {
    if (systemCode(error) === 'EPIPE') return READER_CLOSED
    writeAll(errorFd, Buffer.from(`holdfast: could not pass on the dump: ${reasonOf(error)}\n`))
    return 1
  }
}

function writeAll(fd: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done)
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'errno' in error && error.errno === QUOTA_ERRNO ? 'disk quota exceeded' : messageOf(error)
}
