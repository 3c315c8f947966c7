import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineFacts } from '../../process/process-result.ts'
import type { PipelineCall } from '../../process/processes.ts'
import type { Digest } from './digester.ts'
import { checkEndMark } from './object-facts.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

/** An object as its pipeline made it. */
export interface PipelineResult {
  /** Of the stored bytes. */
  readonly digest: Digest
  readonly facts: PipelineFacts
}

/**
 * What running an object's pipeline once came to. `spool-failed`: the storage whose file the others read failed, and so the pipeline; none of the others
 * has stored anything of the object.
 */
export type PipelineOutcome =
  | ({ readonly kind: 'made' } & PipelineResult)
  | { readonly kind: 'spool-failed'; readonly destination: SetDestination; readonly cause: unknown }

/** How programs for an object are run. */
export function programCall({ limits, emit }: SetContext, signal: AbortSignal): PipelineCall {
  return { signal, limits, onStderr: (stage, text, show) => emit({ kind: 'stderr', stage, text, show }) }
}

/** How the pipeline of an object is run: as any program for it, with the check of its end mark before its bytes are allowed to end. */
export function pipelineCall(object: ObjectSpec, context: SetContext, signal: AbortSignal): PipelineCall {
  return { ...programCall(context, signal), check: (stages) => checkEndMark(object, stages) }
}

/** How far an object is: its bytes, and the storage that has only so many where others have more. */
export type ObjectProgress = readonly [bytes: number, storage?: string]

/** Emits the progress of an object at intervals, until the returned function is called. */
export function reportProgress(object: ObjectSpec, { step, progressMs, emit }: SetContext, progress: () => ObjectProgress): () => void {
  if (progressMs === undefined) return () => undefined
  const timer = setInterval(() => {
    const [bytes, storage] = progress()
    emit({ kind: 'object-progress', step: step.name, path: object.path, bytes, ...(storage !== undefined && { storage }) })
  }, progressMs)
  return () => clearInterval(timer)
}
