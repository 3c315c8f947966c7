import type { SetStore } from '../backup/set/set-store.ts'
import type { Plan, StorageSpec } from '../plan/plan.ts'
import type { Processes } from '../process/processes.ts'

/** What checks need of the world. */
export interface CheckDeps {
  readonly plan: Plan
  readonly processes: Processes
  readonly clock: () => Date
  /** Opens the sets of a storage to be looked at. The caller closes them. */
  openSets(spec: StorageSpec): Promise<{ readonly sets: SetStore; close(): Promise<void> }>
}

/** One asking: the world, and until when. */
export interface Asking extends CheckDeps {
  /** Aborted when the answer is not wanted any more. */
  readonly signal: AbortSignal
}
