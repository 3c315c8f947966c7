import type { ObjectSpec } from '../../plan/plan.ts'
import type { PipelineFacts, StageFacts } from '../../process/result.ts'
import { describeContent } from '../filter/filters.ts'
import type { ObjectRecord, StageRecord } from '../set/manifest.ts'
import { makeEverywhere } from './make-everywhere.ts'
import { askProbes, countsOf, remarksOf } from './object-facts.ts'
import type { MakingDeps } from './object-pipeline.ts'

export interface MadeObject {
  readonly record: ObjectRecord
  /** How the processes of the pipeline ended, our own writer left out. */
  readonly stages: readonly StageFacts[]
  readonly notes: readonly string[]
}

/**
 * Makes one object in every draft: its pipeline's bytes, whole, digested and flushed, or a rejection with the first cause and no process left.
 * Without a place for bytes (nothing is kept) the pipeline runs all the same; the record's digest is then empty.
 */
export async function makeObject(object: ObjectSpec, deps: MakingDeps): Promise<MadeObject> {
  const answers = await askProbes(object, deps.processes, { ...deps.pipelineCall, signal: deps.call.signal })
  const made = await makeEverywhere(object, deps)
  deps.call.failpoint?.('object-made')
  const stages = made.facts.stages.slice(0, object.stages.length)
  const facts = { ...answers, ...countsOf(stages) }
  return {
    record: {
      path: object.path,
      ...made.digest,
      ...(object.source && { kind: object.source.kind }),
      // What our own script writes for the facts of a host is a tar archive.
      ...(object.source?.kind === 'host-facts' && { source: 'tar' as const }),
      ...(Object.keys(facts).length > 0 && { facts }),
      stages: stages.map(stageRecord),
      ...describeContent(object.stages),
    },
    stages,
    notes: [...made.remarks, ...made.facts.notes, ...remarksOf(stages)].map((note) => `object "${object.path}": ${note}`),
  }
}

function stageRecord(facts: PipelineFacts['stages'][number]): StageRecord {
  return {
    program: facts.program,
    ...(facts.execId !== undefined && { exec: facts.execId }),
    ...(facts.exitCode !== undefined && { exitCode: facts.exitCode }),
    ...(facts.signal !== undefined && { signal: facts.signal }),
    durationMs: facts.durationMs,
  }
}
