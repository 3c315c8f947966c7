import type { BackupEvent } from '../backup/set/events.ts'
import type { CheckEvent } from '../check/check-result.ts'
import type { ArchiveEvent } from '../file-sets/events.ts'
import type { Visibility } from '../plan/command.ts'
import type { StageFacts } from '../process/process-result.ts'
import type { RunResult, StepLocation } from './run-result.ts'

/** All events of a run, for its observers. They never contain secrets. */
export type RunEvent =
  | { readonly kind: 'run-began'; readonly runId: string; readonly task: string; readonly steps: readonly string[] }
  | ({ readonly kind: 'step-began' } & StepLocation)
  | {
      readonly kind: 'step-ended'
      readonly task: string
      readonly index: number
      readonly durationMs: number
      /** How the command of an `exec` step ended. */
      readonly stages?: readonly StageFacts[]
      /** Not on all storages: see `set-failed`. */
      readonly partial?: true
    }
  /** Emitted for a step of a task inside the task, and then for the step that runs it. */
  | ({
      readonly kind: 'step-failed'
      readonly code: string
      readonly message: string
      /** The last output of the failed program. */
      readonly stderr?: string
    } & StepLocation)
  | (OutputEvent & { readonly task: string })
  | (BackupEvent & { readonly task: string })
  | (ArchiveEvent & { readonly task: string })
  | (CheckEvent & { readonly task: string })
  | { readonly kind: 'run-ended'; readonly result: RunResult }

/** The stdout of the command of an `exec` step, in pieces; only if runs write logs. */
export interface OutputEvent {
  readonly kind: 'stdout'
  readonly stage: string
  readonly text: string
  readonly show: Visibility
}
