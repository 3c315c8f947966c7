import { AppError, messageOf } from '../../lib/errors.ts'
import type { Visibility } from '../../plan/command.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineActivity } from '../../process/stage-activity.ts'
import { describeHolder } from '../../storage/root/root-lock.ts'
import type { OperationContext, RootHolder } from '../../storage/storage.ts'

/** One of several storages does not get the new set. */
export interface SetFailure {
  readonly step: string
  readonly storage: string
  /** The name that the set would have. */
  readonly set: string
  /** Not by its own failure: another storage failed, or the run was stopped. */
  readonly stopped: boolean
  /** The reason of its own failure: code and message. */
  readonly code?: string
  readonly message?: string
}

/** The decision of the keep policy. */
export interface Rotation {
  readonly keep: readonly { readonly name: string; readonly reason: string }[]
  /** Oldest first: if the rotation is interrupted, the newer sets are left. */
  readonly expire: readonly { readonly name: string; readonly bytes: bigint; readonly reason: string }[]
  /** Why nothing was decided; absent otherwise. */
  readonly skipped?: string
  /** Why sets are kept although time-based rules do not retain them; absent if there are none. */
  readonly waits?: string
  /** Damaged sets: neither counted nor removed. Absent when there are none. */
  readonly damaged?: readonly string[]
  /** Sets of other hosts: neither counted nor removed. Absent when there are none. */
  readonly foreign?: readonly string[]
  /** Suspicious sets that were not accepted: neither counted nor removed. Absent when there are none. */
  readonly suspicious?: readonly string[]
}

/** Events of a backup step. */
export type BackupEvent =
  /** Another run is using the root of the storage. */
  | { readonly kind: 'root-awaited'; readonly step: string; readonly storage: string; readonly by: string; readonly holder?: RootHolder }
  | {
      readonly kind: 'set-began'
      readonly step: string
      readonly storage: string
      readonly objects: number
      /** The name of the set, if it is not made, but drilled. */
      readonly drilled?: string
    }
  | {
      readonly kind: 'object-began'
      readonly step: string
      readonly path: string
      /** Its size in the last set, if known and progress is shown. In a drill: its size. */
      readonly expectedBytes?: number
      /** It is not made, but drilled. */
      readonly isDrill?: true
    }
  | {
      readonly kind: 'object-progress'
      readonly step: string
      readonly path: string
      readonly bytes: number
      /** The storage that is behind, if others have more. */
      readonly storage?: string
      /** What the stages of its pipeline do. Not in each of these events: only after they were examined again. */
      readonly pipeline?: PipelineActivity
    }
  | {
      readonly kind: 'object-ended'
      readonly step: string
      readonly path: string
      readonly bytes?: number
      readonly sha256?: string
      /** The parts of its source that it contains, and the omitted parts, as text; absent if this is unknown. */
      readonly covers?: string
      readonly durationMs: number
      /** How each process of its pipeline ended, in order, without the writer of Holdfast. */
      readonly stages?: readonly StageFacts[]
      /** It was drilled: proven, or only read. */
      readonly isDrill?: true
      readonly isOnlyRead?: true
    }
  | {
      readonly kind: 'object-failed'
      readonly step: string
      readonly path: string
      readonly durationMs: number
      /** Not by its own failure: another object failed, or the run was stopped. In a drill: its result is inconclusive. */
      readonly stopped: boolean
      readonly stages: readonly StageFacts[]
      /** It was not proven by a drill. */
      readonly isDrill?: true
    }
  | {
      readonly kind: 'set-published'
      readonly step: string
      readonly storage: string
      readonly set: string
      readonly bytes: number
      /** What its objects contain of their sources together. */
      readonly covers?: string
    }
  | ({ readonly kind: 'set-failed' } & SetFailure)
  | { readonly kind: 'rotation-decided'; readonly step: string; readonly storage: string; readonly rotation: Rotation }
  | { readonly kind: 'set-expired'; readonly step: string; readonly storage: string; readonly set: string }
  /** `isError`: logged as an error, although the step continues. */
  | { readonly kind: 'note'; readonly text: string; readonly isError?: true }
  | { readonly kind: 'stderr'; readonly stage: string; readonly text: string; readonly show: Visibility }

export function setFailed(failure: Omit<SetFailure, 'code' | 'message' | 'stopped'>, cause: unknown): BackupEvent {
  const code = cause instanceof AppError ? { code: cause.code } : {}
  return { kind: 'set-failed', ...failure, stopped: false, ...code, message: messageOf(cause) }
}

export function setStopped(failure: Omit<SetFailure, 'code' | 'message' | 'stopped'>): BackupEvent {
  return { kind: 'set-failed', ...failure, stopped: true }
}

/** The context of an operation for the step of a task: it reports waiting, and shows other processes which run holds the lock. */
export function callOf(
  call: OperationContext,
  { task, step, emit }: { readonly task: string; readonly step: string; readonly emit: (event: BackupEvent) => void },
): OperationContext {
  return {
    ...call,
    task,
    onWait: ({ root, holder }) => emit({ kind: 'root-awaited', step, storage: root, by: describeHolder(holder), ...(holder && { holder }) }),
  }
}
