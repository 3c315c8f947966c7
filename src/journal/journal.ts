import type { RunEvent } from '../run/events.ts'
import type { JournalLimits } from './prune.ts'
import type { CheckFilter, PublishedSet, RunFilter } from './read-runs.ts'
import type { ProcessIdentity, RunOrigin } from './run-origin.ts'
import type { CheckRecord, RecordedLine, RunRecord, RunSummary } from './run-record.ts'

/**
 * The record of runs. Writing to it never rejects, never stops a run, and delays it at most by a short timeout: data that cannot be written is noted
 * once. Reading rejects with a `DatabaseError` or a `NoRunError`.
 */
export interface Journal {
  /** A subscriber for the events of one run, which never throws. They are written as they occur, and all of them when `close` has resolved. */
  watch(origin: RunOrigin): Promise<(event: RunEvent) => void>
  /** Records the result of verifying or restoring a set. */
  record(check: CheckRecord): Promise<void>
  /** Newest first. */
  runs(filter: RunFilter): Promise<readonly RunSummary[]>
  /** How many runs the filter leaves, without its limit and place. */
  count(filter: RunFilter): Promise<number>
  /** The sets that runs published since then, newest first. */
  published(filter: { readonly from: Date }): Promise<readonly PublishedSet[]>
  /** The process of a run; `id` as in `run`. */
  owner(id: string): Promise<ProcessIdentity>
  /** `id`: complete, an unambiguous prefix, or `latest`. Rejects with `journal/no-run`. */
  run(id: string): Promise<RunRecord>
  /** `id` as in `run`. */
  log(id: string): Promise<readonly RecordedLine[]>
  /** Newest first: of one set, of one storage, or all. */
  checks(filter: CheckFilter): Promise<readonly CheckRecord[]>
  /** Removes the oldest runs and checks beyond the limits. Resolves with the number of removed runs. */
  prune(limits: JournalLimits): Promise<number>
  /** Waits until everything is written, at most two seconds. */
  close(): Promise<void>
}
