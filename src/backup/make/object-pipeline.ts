import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineFacts } from '../../process/process-result.ts'
import type { PipelineCall } from '../../process/processes.ts'
import { checkEndMark } from './check-end-mark.ts'
import type { Digest } from './digester.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

/** The result of the pipeline of an object. */
export interface PipelineResult {
  /** Of the stored bytes. */
  readonly digest: Digest
  readonly facts: PipelineFacts
}

/**
 * The result of one execution of the pipeline of an object. `spool-failed`: the storage with the spool file failed, and therefore the pipeline; no
 * other storage has stored anything of the object.
 */
export type PipelineOutcome =
  | ({ readonly kind: 'made' } & PipelineResult)
  | { readonly kind: 'spool-failed'; readonly destination: SetDestination; readonly cause: unknown }

/** The parameters for running programs for an object. */
export function programCall({ limits, emit }: SetContext, signal: AbortSignal): PipelineCall {
  return { signal, limits, onStderr: (stage, text, show) => emit({ kind: 'stderr', stage, text, show }) }
}

// It has reported errors, and continued.
const TAR_ERRORS = 2

/** The parameters for the pipeline of an object: those of its programs, and the check of its end mark before the end of its data is passed on. */
export function pipelineCall(object: ObjectSpec, context: SetContext, signal: AbortSignal): PipelineCall {
  const { onOutput, flow, tar } = context
  return {
    ...programCall(context, signal),
    ...(onOutput && { onTail: onOutput }),
    ...(flow && { onActivity: flow.see }),
    ...(tar && { succeeded: (stage, exitCode) => stage === 0 && exitCode === TAR_ERRORS && tar.isComplete() }),
    check: (stages) => checkEndMark(object, stages),
  }
}

/** The progress of an object: its bytes, and the storage that is behind, if others have more. */
export type ObjectProgress = readonly [bytes: number, storage?: string]

/** Emits the progress of an object at intervals, until the returned function is called. */
export function reportProgress(object: ObjectSpec, { step, progressMs, flow, emit }: SetContext, progress: () => ObjectProgress): () => void {
  if (progressMs === undefined) return () => undefined
  const timer = setInterval(() => {
    const [bytes, storage] = progress()
    const pipeline = flow?.take()
    const more = { ...(storage !== undefined && { storage }), ...(pipeline && { pipeline }) }
    emit({ kind: 'object-progress', step: step.name, path: object.path, bytes, ...more })
  }, progressMs)
  return () => clearInterval(timer)
}
