import type { ObjectSpec } from '../../plan/plan.ts'
import { type Attempt, checkOf, type Made, type MakingDeps } from './making.ts'
import type { SetDestination } from './places.ts'
import { throughFile } from './spool-to-file.ts'
import { throughUs } from './stream-to-storages.ts'

/**
 * Runs the object's pipeline once, its bytes going to every storage that is left: into a file where one has files, which the others read behind the writer;
 * else through us. Where the one with the file fails, the pipeline fails with it, and is run anew for those that are left.
 *
 * Rejects with the first cause, with no process left. Without any storage the pipeline runs all the same, its bytes are thrown away.
 */
export async function makeEverywhere(object: ObjectSpec, deps: MakingDeps): Promise<Made & { readonly remarks: readonly string[] }> {
  const remarks: string[] = []
  for (;;) {
    const places = deps.places.living()
    const attempt = await deps.places.use(places, () => makeOnce(object, places, deps))
    if (attempt.kind === 'made') return { ...attempt, remarks }
    deps.places.fail(attempt.place, attempt.cause)
    remarks.push(`made again for the other storages because "${attempt.place.sets.label}" failed`)
  }
}

function makeOnce(object: ObjectSpec, places: readonly SetDestination[], deps: MakingDeps): Promise<Attempt> {
  const [first, ...others] = places
  if (first === undefined) return intoNothing(object, deps)
  return first.draft.openFile ? throughFile(object, { spool: first, others }, deps) : throughUs(object, places, deps)
}

async function intoNothing(object: ObjectSpec, { processes, pipelineCall, call }: MakingDeps): Promise<Attempt> {
  const { done } = await processes.startPipeline(object.stages, { kind: 'discard' }, { ...pipelineCall, ...checkOf(object), signal: call.signal })
  return { kind: 'made', digest: { bytes: 0, sha256: '' }, facts: await done }
}
