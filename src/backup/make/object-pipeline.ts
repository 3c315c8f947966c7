import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import type { PipelineFacts } from '../../process/result.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Digest, Digester } from './digester.ts'
import { checkEndMark } from './object-facts.ts'
import type { SetDestination, SetDestinations } from './set-destinations.ts'

export interface MakingDeps {
  readonly destinations: SetDestinations
  readonly processes: Processes
  readonly digester: Digester
  readonly pipelineCall: Omit<PipelineCall, 'signal'>
  readonly call: OperationContext
  /** Told the size of the object from time to time while it grows; with the storage that has so much, where others have more. */
  readonly progress?: { readonly everyMs: number; readonly tell: (bytes: number, storage?: string) => void }
}

export interface Made {
  readonly digest: Digest
  readonly facts: PipelineFacts
}

/** `spool-failed`: the storage that all bytes went through failed, and the pipeline with it; the others have nothing of the object. */
export type PipelineOutcome =
  | ({ readonly kind: 'made' } & Made)
  | { readonly kind: 'spool-failed'; readonly destination: SetDestination; readonly cause: unknown }

/** The last question to a pipeline, before its bytes are allowed to end. */
export function checkOf(object: ObjectSpec): Pick<PipelineCall, 'check'> {
  return { check: (stages) => checkEndMark(object, stages) }
}

/** Tells again and again how far an object is, until the function that it gives is called. */
export function reportProgress(progress: MakingDeps['progress'], told: () => readonly [bytes: number, storage?: string]): () => void {
  if (progress === undefined) return () => undefined
  const timer = setInterval(() => progress.tell(...told()), progress.everyMs)
  return () => clearInterval(timer)
}
