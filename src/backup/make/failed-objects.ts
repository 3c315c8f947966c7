import { messageOf } from '../../lib/errors.ts'
import { counted, printable } from '../../lib/format.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { BackupError } from '../set/errors.ts'
import type { SetContext } from './set-context.ts'

/** The objects of a set that could not be made, if the plan keeps the others. */
export interface FailedObjects {
  /** Absent: the first failure fails the set. Returns whether the others continue. */
  readonly onFailed?: (object: ObjectSpec, cause?: unknown) => boolean
  readonly paths: readonly string[]
  /** The reason for each. */
  readonly notes: readonly string[]
  /** Undefined if no object failed. */
  readonly error: BackupError | undefined
  /** Throws the first cause if no object is left. */
  assertSomeLeft(): void
}

export function collectFailedObjects({ step, destinations, call, emit }: SetContext): FailedObjects {
  const failed: { readonly path: string; readonly cause?: unknown }[] = []
  const onFailed = ({ path }: ObjectSpec, cause?: unknown) => {
    // The failure of a storage concerns all objects.
    if (call.signal.aborted || destinations.haveFailed) return false
    if (cause === undefined) emit({ kind: 'object-failed', step: step.name, path, durationMs: 0, stopped: true, stages: [] })
    failed.push({ path, ...(cause !== undefined && { cause }) })
    return true
  }
  return {
    ...(step.onObjectFailure === 'keep' && { onFailed }),
    get paths() {
      return failed.map(({ path }) => path)
    },
    get notes() {
      return failed.map(
        ({ path, cause }) => `object "${path}": ${cause === undefined ? 'not made, because it waits for an object that failed' : messageOf(cause)}`,
      )
    },
    get error() {
      return failed.length === 0 ? undefined : incompleteSet(failed, step.objects.length)
    },
    assertSomeLeft() {
      if (failed.length === step.objects.length && failed.length > 0) throw failed[0]?.cause
    },
  }
}

function incompleteSet(failed: readonly { readonly path: string; readonly cause?: unknown }[], total: number): BackupError {
  const names = failed.map(({ path }) => `"${printable(path)}"`).join(', ')
  return new BackupError('incomplete-set', `the set is incomplete: ${failed.length} of ${counted(total, 'object')} could not be made: ${names}`, {
    cause: failed[0]?.cause,
    hint: 'The other objects are stored, but the set is not counted by rotation. Correct the cause, and run the task again.',
  })
}
