import type { RunEvent } from '../run/events.ts'
import type { JournalLimits } from './prune.ts'
import type { CheckFilter, RunFilter } from './read-runs.ts'
import type { RunOrigin } from './run-origin.ts'
import type { CheckRecord, RecordedLine, RunRecord, RunSummary } from './run-record.ts'

/**
 * The record of runs. Writing to it never rejects, never stops a run, and delays it by no more than a short timeout: what cannot be written is
 * noted once. Reading rejects with a `DatabaseError` or a `NoRunError`.
 */
export interface Journal {
  /** A subscriber for one run's events, which never throws. They are written as they come, and all of them when `close` has resolved. */
  watch(origin: RunOrigin): Promise<(event: RunEvent) => void>
  /** Records what came of looking at a set. */
  record(check: CheckRecord): Promise<void>
  /** Newest first. */
  runs(filter: RunFilter): Promise<readonly RunSummary[]>
  /** `id`: in full, by a beginning that no other run has, or `latest`. Rejects with `journal/no-run`. */
  run(id: string): Promise<RunRecord>
  /** `id` as in `run`. */
  log(id: string): Promise<readonly RecordedLine[]>
  /** Newest first: of one set, of one storage, or all. */
  checks(filter: CheckFilter): Promise<readonly CheckRecord[]>
  /** Removes the oldest runs and checks beyond the limits. Resolves with how many runs went. */
  prune(limits: JournalLimits): Promise<number>
  /** Waits until all is written, two seconds at most. */
  close(): Promise<void>
}
