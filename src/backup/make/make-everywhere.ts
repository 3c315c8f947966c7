import type { ObjectSpec } from '../../plan/plan.ts'
import { checkOf, type Made, type MakingDeps, type PipelineOutcome } from './object-pipeline.ts'
import { type SetDestination, storesFiles, storesStreams } from './set-destinations.ts'
import { spoolToFile } from './spool-to-file.ts'
import { streamToStorages } from './stream-to-storages.ts'

/**
 * Runs the object's pipeline once, its bytes going to every storage that is left: into a file where one has files, which the others read behind the writer;
 * else through us. Where the one with the file fails, the pipeline fails with it, and is run anew for those that are left.
 *
 * Rejects with the first cause, with no process left. Without any storage the pipeline runs all the same, its bytes are thrown away.
 */
export async function makeEverywhere(object: ObjectSpec, deps: MakingDeps): Promise<Made & { readonly remarks: readonly string[] }> {
  const remarks: string[] = []
  for (;;) {
    const destinations = deps.destinations.active()
    const attempt = await deps.destinations.use(destinations, () => makeOnce(object, destinations, deps))
    if (attempt.kind === 'made') return { ...attempt, remarks }
    deps.destinations.fail(attempt.destination, attempt.cause)
    remarks.push(`made again for the other storages because "${attempt.destination.sets.label}" failed`)
  }
}

function makeOnce(object: ObjectSpec, destinations: readonly SetDestination[], deps: MakingDeps): Promise<PipelineOutcome> {
  if (destinations.length === 0) return intoNothing(object, deps)
  const spool = destinations.find(storesFiles)
  if (spool) return spoolToFile(object, { spool, others: destinations.filter((it) => it !== spool) }, deps)
  return streamToStorages(object, destinations.filter(storesStreams), deps)
}

async function intoNothing(object: ObjectSpec, { processes, pipelineCall, call }: MakingDeps): Promise<PipelineOutcome> {
  const { done } = await processes.startPipeline(object.stages, { kind: 'discard' }, { ...pipelineCall, ...checkOf(object), signal: call.signal })
  return { kind: 'made', digest: { bytes: 0, sha256: '' }, facts: await done }
}
