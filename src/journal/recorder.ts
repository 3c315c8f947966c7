import type { Connection, ConnectionDeps } from '../db/connection.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunOrigin } from './run-origin.ts'
import { openRunRows } from './run-rows.ts'
import { type JournalChange, keyOf, type Tables } from './tables.ts'

/** Writes the events of one run as they occur, in short transactions. */
export interface Recorder {
  /** Never throws, and never waits longer than the journal's short timeout. */
  watch(event: RunEvent): void
  /** Resolves when everything is written, or cannot be written in time, which is noted. */
  finish(): Promise<void>
}

// Progress is recorded soon; output is recorded later, because each transaction waits for the disk.
const SOON_MS = 100
const LATER_MS = 1000
const FULL = 500

// Limits the loss if the run is killed: the killed run, and whether it had published its set, must be known.
const AT_ONCE: ReadonlySet<RunEvent['kind']> = new Set(['run-began', 'set-published', 'run-ended'])
const TALK: ReadonlySet<RunEvent['kind']> = new Set(['stdout', 'stderr', 'note', 'rotation-decided', 'object-progress'])

export function openRecorder(connection: Connection<Tables>, origin: RunOrigin, { clock, note }: ConnectionDeps): Recorder {
  const rows = openRunRows(origin)
  const waiting = new Map<string, JournalChange>()
  let timer: NodeJS.Timeout | undefined
  let dueMs = Infinity
  let isHeldUp = false

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const { run } = rows
    if (waiting.size === 0 || run === undefined) return 'written'
    // The row of the run each time: in a new journal after a damaged one, other rows would refer to a missing run.
    const outcome = connection.write([{ table: 'runs', row: run }, ...waiting.values()])
    isHeldUp = outcome === 'later'
    if (isHeldUp) flushIn(LATER_MS)
    else waiting.clear()
    return outcome
  }
  const flushIn = (delayMs: number) => {
    const atMs = performance.now() + delayMs
    if (timer !== undefined && dueMs <= atMs) return
    clearTimeout(timer)
    dueMs = atMs
    timer = setTimeout(flush, delayMs).unref()
  }
  return {
    watch(event) {
      try {
        for (const change of rows.changesOf(event, clock())) waiting.set(keyOf(change), change)
        // While other processes lock the journal, each attempt would delay the run by the whole timeout.
        if (!isHeldUp && (AT_ONCE.has(event.kind) || waiting.size >= FULL)) flush()
        else flushIn(isHeldUp || TALK.has(event.kind) ? LATER_MS : SOON_MS)
      } catch (error) {
        waiting.clear()
        note(`this run is not completely recorded: ${String(error)}`)
      }
    },
    async finish() {
      await untilWritten(flush, note)
      clearTimeout(timer)
    },
  }
}

const RETRY_MS = 100
const LIMIT_MS = 2000

/** Retries while other processes keep the journal locked, at most two seconds; then calls `note`. Never rejects. */
export async function untilWritten(write: () => ReturnType<Connection<unknown>['write']>, note: (text: string) => void): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (write() === 'later') {
    if (performance.now() >= deadline) {
      note('the end of this run was not recorded: the journal was locked by other processes')
      return
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}
