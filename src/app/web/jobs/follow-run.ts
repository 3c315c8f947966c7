import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { decodeEvent } from '../../../run/decode-event.ts'
import type { RunEvent } from '../../../run/events.ts'
import { type RunProgress, watchProgress } from '../../../run/fold-events.ts'
import { sampleRates } from './sample-rates.ts'

/**
 * The progress of a run with `--json`, read from its output file. The file is open only while it is read, because there may never be another request.
 */
export interface FollowedRun {
  /** Reads the data appended since the last call. Returns whether there was anything. */
  advance(): Promise<boolean>
  readonly runId: string | undefined
  readonly progress: RunProgress
  /** The rate of an unfinished object over the last seconds. */
  bytesPerSecond(path: string): number | undefined
  /** The result of the run, as reported in its output. */
  readonly end: Extract<RunEvent, { kind: 'run-ended' }>['result'] | undefined
}

// No event has a longer line. The file is read in chunks to limit memory.
const MAX_LINE = 1024 * 1024
const CHUNK = 256 * 1024

/** `open` opens the file for reading; undefined if it no longer exists. */
export function followRun(open: () => Promise<FileHandle | undefined>): FollowedRun {
  const watcher = watchProgress()
  const decoder = new StringDecoder('utf8')
  const rates = sampleRates()
  let position = 0
  let rest = ''
  let runId: string | undefined
  let end: FollowedRun['end']
  const take = (line: string) => {
    const decoded = decodeEvent(line)
    if (decoded.kind !== 'event') return
    const { event, at } = decoded
    if (event.kind === 'run-began') runId = event.runId
    if (event.kind === 'run-ended') end = event.result
    if (event.kind === 'object-progress') rates.add(event.path, { atMs: at.getTime(), bytes: event.bytes })
    if (event.kind === 'object-ended' || event.kind === 'object-failed') rates.remove(event.path)
    watcher.watch(event, at.getTime())
  }
  const readOn = async () => {
    const handle = await open()
    if (handle === undefined) return false
    try {
      return await readFrom(handle)
    } finally {
      await handle.close()
    }
  }
  const readFrom = async (handle: FileHandle) => {
    let isMore = false
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, position)
      if (bytesRead === 0) return isMore
      isMore = true
      position += bytesRead
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n')
      rest = (lines.pop() ?? '').slice(0, MAX_LINE)
      for (const line of lines) take(line)
    }
  }
  // Sequential: two concurrent calls would read the same bytes.
  let turn: Promise<unknown> = Promise.resolve()
  return {
    advance() {
      const next = turn.then(readOn)
      turn = next.catch(() => undefined)
      return next
    },
    get runId() {
      return runId
    },
    get progress() {
      return watcher.progress
    },
    bytesPerSecond: rates.perSecond,
    get end() {
      return end
    },
  }
}
