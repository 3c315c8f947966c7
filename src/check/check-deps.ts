import type { SetStore } from '../backup/set/set-store.ts'
import type { Plan, StorageSpec } from '../plan/plan.ts'
import type { Processes } from '../process/processes.ts'

/** The dependencies of checks. */
export interface CheckDeps {
  readonly plan: Plan
  readonly processes: Processes
  readonly clock: () => Date
  /** Opens the sets of a storage for reading. The caller closes them. */
  openSets(spec: StorageSpec): Promise<{ readonly sets: SetStore; close(): Promise<void> }>
}

/** The dependencies, and the deadline of one check. */
export interface CheckContext extends CheckDeps {
  /** Aborted if the answer is no longer needed. */
  readonly signal: AbortSignal
}
