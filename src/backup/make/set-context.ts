import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { BackupEvent } from '../set/events.ts'
import type { OpenTarget, SetDestinations } from './set-destinations.ts'

/** What a backup step is made with. */
export interface MakeSetDeps {
  /** In the order of the plan; at least one. */
  readonly targets: readonly OpenTarget[]
  readonly processes: Processes
  readonly run: { readonly runId: string; readonly task: string; readonly host: string }
  readonly workers: number
  readonly limits: Limits
  /** How often objects in the making tell their size; absent: never. */
  readonly progressMs?: number
  readonly clock: () => Date
  readonly emit: (event: BackupEvent) => void
  readonly call: OperationContext
}

/** One set while it is made. */
export interface SetContext extends MakeSetDeps {
  readonly destinations: SetDestinations
  readonly began: Date
}
