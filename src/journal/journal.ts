import type { RunEvent } from '../run/events.ts'
import type { LastEvidence } from './append-evidence.ts'
import type { JournalLimits } from './prune.ts'
import type { Queries } from './queries.ts'
import type { RunOrigin } from './run-origin.ts'
import type { CheckRecord } from './run-record.ts'
import type { EvidenceRow } from './tables.ts'

/**
 * The record of runs. Writing to it never rejects, never stops a run, and delays it at most by a short timeout: data that cannot be written is noted
 * once. Reading rejects with a `DatabaseError` or a `NoRunError`.
 */
export interface Journal extends Queries {
  /** A subscriber for the events of one run, which never throws. They are written as they occur, and all of them when `close` has resolved. */
  watch(origin: RunOrigin): Promise<(event: RunEvent) => void>
  /** Records the result of verifying or restoring a set. */
  record(check: CheckRecord): Promise<void>
  /** Adds the record of evidence that is made after the last one. Resolves with whether it was recorded. */
  append(make: (last: LastEvidence | undefined) => EvidenceRow): Promise<boolean>
  /** Removes the oldest runs and checks beyond the limits. Resolves with the number of removed runs. */
  prune(limits: JournalLimits): Promise<number>
  /** Waits until everything is written, at most two seconds. */
  close(): Promise<void>
}
