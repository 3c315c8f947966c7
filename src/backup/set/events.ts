import { AppError, messageOf } from '../../lib/errors.ts'
import type { Visibility } from '../../plan/command.ts'
import type { StageFacts } from '../../process/process-result.ts'
import { describeHolder } from '../../storage/root/root-lock.ts'
import type { OperationContext, RootHolder } from '../../storage/storage.ts'

/** That one of several storages does not get the new set. */
export interface SetFailure {
  readonly step: string
  readonly storage: string
  /** The name that it would have got. */
  readonly set: string
  /** It did not fail itself: another one failed, or the run was stopped. */
  readonly stopped: boolean
  /** Why, where it failed itself: for machines and for people. */
  readonly code?: string
  readonly message?: string
}

/** What the keep policy says about the sets there are. */
export interface Rotation {
  readonly keep: readonly { readonly name: string; readonly reason: string }[]
  /** Oldest first: if we are stopped half-way, what is left is the newer part. */
  readonly expire: readonly { readonly name: string; readonly bytes: bigint; readonly reason: string }[]
  /** Why nothing was decided at all. Absent when it was. */
  readonly skipped?: string
  /** Why sets stay that rules of time do not want any more. Absent when none do for that. */
  readonly waits?: string
}

/** Events of a backup step. */
export type BackupEvent =
  /** Somebody else is at work in the root of the storage. */
  | { readonly kind: 'root-awaited'; readonly step: string; readonly storage: string; readonly by: string; readonly holder?: RootHolder }
  | { readonly kind: 'set-began'; readonly step: string; readonly storage: string; readonly objects: number }
  | {
      readonly kind: 'object-began'
      readonly step: string
      readonly path: string
      /** Its size in the last set, where somebody watches and there is one. */
      readonly expectedBytes?: number
    }
  | {
      readonly kind: 'object-progress'
      readonly step: string
      readonly path: string
      readonly bytes: number
      /** The storage that has no more than that, where others have. */
      readonly storage?: string
    }
  | {
      readonly kind: 'object-ended'
      readonly step: string
      readonly path: string
      readonly bytes?: number
      readonly sha256?: string
      readonly durationMs: number
      /** How each process of its pipeline ended, in order, our own writer left out. */
      readonly stages?: readonly StageFacts[]
    }
  | {
      readonly kind: 'object-failed'
      readonly step: string
      readonly path: string
      readonly durationMs: number
      /** It did not fail itself: another one failed, or the run was stopped. */
      readonly stopped: boolean
      readonly stages: readonly StageFacts[]
    }
  | { readonly kind: 'set-published'; readonly step: string; readonly storage: string; readonly set: string; readonly bytes: number }
  | ({ readonly kind: 'set-failed' } & SetFailure)
  | { readonly kind: 'rotation-decided'; readonly step: string; readonly storage: string; readonly rotation: Rotation }
  | { readonly kind: 'set-expired'; readonly step: string; readonly storage: string; readonly set: string }
  /** `isError`: in logs it stands as an error, while the step goes on. */
  | { readonly kind: 'note'; readonly text: string; readonly isError?: true }
  | { readonly kind: 'stderr'; readonly stage: string; readonly text: string; readonly show: Visibility }

export function setFailed(failure: Omit<SetFailure, 'code' | 'message' | 'stopped'>, cause: unknown): BackupEvent {
  const code = cause instanceof AppError ? { code: cause.code } : {}
  return { kind: 'set-failed', ...failure, stopped: false, ...code, message: messageOf(cause) }
}

export function setStopped(failure: Omit<SetFailure, 'code' | 'message' | 'stopped'>): BackupEvent {
  return { kind: 'set-failed', ...failure, stopped: true }
}

/** The same call for the step of a task: it reports when it waits, and shows others which run is working. */
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
