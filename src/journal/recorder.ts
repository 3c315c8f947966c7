import type { Connection, ConnectionDeps } from '../db/connection.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunOrigin } from './run-origin.ts'
import { openRunRows } from './run-rows.ts'
import { type JournalChange, keyOf, type Tables } from './tables.ts'

/** Writes what one run tells, as it comes, in short transactions. */
export interface Recorder {
  /** Never throws, and never waits longer than the journal's short timeout. */
  watch(event: RunEvent): void
  /** Resolves when all is written, or cannot be in time, which is noted. */
  finish(): Promise<void>
}

// What is going on is on record soon; what it says meanwhile may wait, since each writing waits for the disk.
const SOON_MS = 100
const LATER_MS = 1000
const FULL = 500

// Which run was killed, and whether it had published its set, is known in any case.
const AT_ONCE: ReadonlySet<RunEvent['kind']> = new Set(['run-began', 'set-published', 'run-ended'])
const TALK: ReadonlySet<RunEvent['kind']> = new Set(['stdout', 'stderr', 'note', 'rotation-decided'])

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
    // The run's own row each time: in a journal that had to be begun anew the others would refer to nothing.
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
        // While others hold the journal, each try would cost the run the whole timeout.
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

/** Tries again while others keep the journal locked, two seconds at most; then `note` is told. Never rejects. */
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
