import type { KeepPolicy } from '../../plan/plan.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { BackupEvent } from '../set/events.ts'
import type { SetStore } from '../set/set-store.ts'

/** What a copying step wants. */
export interface CopyRequest {
  /** The name of the step, for events. */
  readonly step: string
  readonly from: SetStore
  readonly to: SetStore
  readonly newest: number
  readonly keep: KeepPolicy
  readonly takesLegacy: boolean
}

/** What it is done with. */
export interface CopyDeps {
  readonly run: { readonly runId: string; readonly task: string }
  readonly clock: () => Date
  readonly emit: (event: BackupEvent) => void
  /** How often the progress of an object is reported; absent: never. */
  readonly progressMs?: number
  readonly call: OperationContext
}
