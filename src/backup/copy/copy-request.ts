import type { KeepPolicy } from '../../plan/plan.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { BackupEvent } from '../set/events.ts'
import type { SetStore } from '../set/set-store.ts'

/** The parameters of a copy step. */
export interface CopyRequest {
  /** The name of the step, for events. */
  readonly step: string
  readonly from: SetStore
  readonly to: SetStore
  readonly newest: number
  readonly keep: KeepPolicy
  readonly takesLegacy: boolean
  /** For one set: it is damaged on the target, with the same manifest, and is replaced. */
  readonly isDamagedThere?: boolean
}

/** What a copy step needs of the run. */
export interface CopyDeps {
  readonly run: { readonly runId: string; readonly task: string }
  readonly clock: () => Date
  readonly emit: (event: BackupEvent) => void
  /** Interval for reporting the progress of an object; absent: no reports. */
  readonly progressMs?: number
  readonly call: OperationContext
}
