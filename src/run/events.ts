import type { BackupEvent } from '../backup/events.ts'
import type { StageFacts } from '../process/result.ts'
import type { RunResult, StepPlace } from './result.ts'

/** Everything that a run tells whoever watches. Never carries a secret. */
export type RunEvent =
  | { readonly kind: 'run-began'; readonly runId: string; readonly task: string; readonly steps: readonly string[] }
  | ({ readonly kind: 'step-began' } & StepPlace)
  | {
      readonly kind: 'step-ended'
      readonly task: string
      readonly index: number
      readonly durationMs: number
      /** How the command of an `exec` step ended. */
      readonly stages?: readonly StageFacts[]
    }
  | (BackupEvent & { readonly task: string })
  | { readonly kind: 'run-ended'; readonly result: RunResult }
