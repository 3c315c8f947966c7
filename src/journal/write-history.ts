import { type ConnectionDeps, connect } from '../db/connection.ts'
import type { RunEvent } from '../run/events.ts'
import { JOURNAL } from './migrations.ts'
import type { RunOrigin } from './run-origin.ts'
import { openRunRows } from './run-rows.ts'
import { type JournalChange, keyOf } from './tables.ts'

/** A run of the past. */
export interface PastRun {
  readonly origin: RunOrigin
  /** In order, with the time of each. */
  readonly events: readonly (readonly [Date, RunEvent])[]
}

/** Writes runs of the past into the journal in `file`, whose folder exists, in one transaction. */
export function writeHistory(file: string, deps: ConnectionDeps, runs: Iterable<PastRun>): void {
  const connection = connect(JOURNAL, file, deps)
  const changes = new Map<string, JournalChange>()
  for (const { origin, events } of runs) {
    const rows = openRunRows(origin)
    for (const [at, event] of events) for (const change of rows.changesOf(event, at)) changes.set(keyOf(change), change)
  }
  try {
    connection.write([...changes.values()])
  } finally {
    connection.close()
  }
}
