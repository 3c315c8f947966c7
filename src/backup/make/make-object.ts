import { messageOf } from '../../lib/errors.ts'
import { commandName } from '../../plan/command.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { type StageFacts, stagesOf } from '../../process/process-result.ts'
import { coverObject } from '../coverage/cover-object.ts'
import type { OwnFolders } from '../coverage/covered.ts'
import { describeObject } from '../coverage/describe-coverage.ts'
import { type ObservedOutput, observeOutput, stagesOfPlan } from '../facts/observe-output.ts'
import { isSampled, openSampling } from '../facts/sample-contents.ts'
import { openStageFlow } from '../facts/stage-flow.ts'
import { type TarWatch, watchTar } from '../facts/watch-tar.ts'
import { describeContent } from '../filter/filters.ts'
import type { Coverage, LeftOut } from '../set/coverage.ts'
import type { DumpFacts } from '../set/dump-facts.ts'
import type { ObjectRecord, StageRecord } from '../set/manifest.ts'
import { countsOf, emptyRemark, membersCovered, type ObjectFacts, optionsOf, remarksOf, runProbes, sampledMembers } from './object-facts.ts'
import { type PipelineOutcome, type PipelineResult, pipelineCall, programCall } from './object-pipeline.ts'
import type { SetContext } from './set-context.ts'
import { storesFiles, storesStreams } from './set-destinations.ts'
import { spoolToFile } from './spool-to-file.ts'
import { streamToStorages } from './stream-to-storages.ts'

const NO_FOLDERS: OwnFolders = { targets: [], others: [] }

export interface MadeObject {
  readonly record: ObjectRecord
  readonly notes: readonly string[]
}

/**
 * Makes one object in the draft of every storage: runs its probes and its pipeline, and emits events for its beginning and end. Resolves when the
 * object is complete, digested and flushed; rejects with the first cause after all its processes have ended. Without a storage that keeps objects,
 * the pipeline runs, too, and the digest in the record is empty. `context.call.signal` is that of the objects: it is aborted when another one fails.
 */
export async function makeObject(spec: ObjectSpec, context: SetContext): Promise<MadeObject> {
  const { step, targets, processes, lastSizes, emit, call, own = NO_FOLDERS } = context
  const expectedBytes = lastSizes.get(spec.path)
  const of = { step: step.name, path: spec.path }
  emit({ kind: 'object-began', ...of, ...(expectedBytes !== undefined && { expectedBytes }) })
  const startedMs = performance.now()
  const durationMs = () => Math.round(performance.now() - startedMs)
  try {
    const { object, coverage, notes: missed } = await coverObject(spec, { own, signal: call.signal })
    const answers = await runProbes(object, processes, programCall(context, call.signal))
    const sampling = openSampling(context.clock)
    const made = await storeObject(object, context)
    call.failpoint?.('object-made')
    const stages = stagesOfPlan(object, made.facts.stages)
    const sample = isSampled(describeContent(object.stages)) ? await sampling.take(sampledMembers(stages), call.signal) : []
    const record = recordOf(object, {
      digest: made.digest,
      stages,
      coverage: completed(coverage, answers.leftOut, { ...membersCovered(stages), ...made.troubles, ...(sample.length > 0 && { sample }) }),
      facts: { ...answers.facts, ...optionsOf(object.source), ...countsOf(stages) },
      dump: made.dump,
    })
    const kept = targets.some(({ sets }) => sets.keeps) ? { bytes: record.bytes, sha256: record.sha256 } : {}
    const covers = describeObject(record)
    emit({ kind: 'object-ended', ...of, ...kept, ...(covers !== undefined && { covers }), durationMs: durationMs(), stages })
    const notes = [...missed, ...answers.notes, ...made.remarks, ...made.facts.notes, ...remarksOf(stages), ...emptyRemark(object, record)].map(
      (note) => `object "${object.path}": ${note}`,
    )
    return { record, notes }
  } catch (error) {
    const stages = stagesOfPlan(spec, stagesOf(error))
    emit({ kind: 'object-failed', ...of, durationMs: durationMs(), stopped: call.signal.aborted, stages })
    throw error
  }
}

interface Stored extends PipelineResult {
  readonly remarks: readonly string[]
  readonly dump: DumpFacts | undefined
  readonly troubles: Pick<Coverage, 'changed' | 'skipped'>
}

/**
 * Runs the object's pipeline once for all storages that are active: into a file of the first file system, which the others read; without one, streamed
 * to all. When the file system with the file fails, the pipeline fails too, and runs again for those that are left.
 */
async function storeObject(object: ObjectSpec, context: SetContext): Promise<Stored> {
  const { destinations, lastDumps } = context
  const remarks: string[] = []
  for (;;) {
    const active = destinations.active()
    const spool = active.find(storesFiles)
    const observed = observeOutput(object, lastDumps.get(object.path))
    const { watch } = observed
    const tar = object.source?.kind === 'files' ? watchTar(object.source) : undefined
    const flow = context.progressMs === undefined ? {} : { flow: openStageFlow(object) }
    const watching = { ...context, ...(watch && { onOutput: watch.see }), ...flow, ...(tar && { tar, emit: seenBy(tar, object, context) }) }
    const outcome = await destinations.use(active, (): Promise<PipelineOutcome> => {
      if (spool) return spoolToFile(observed.object, { spool, others: active.filter((it) => it !== spool) }, watching)
      return active.length > 0 ? streamToStorages(observed.object, active.filter(storesStreams), watching) : discardOutput(observed.object, watching)
    })
    if (outcome.kind === 'made') return { ...outcome, ...factsOf(observed, outcome, remarks), troubles: tar?.end() ?? {} }
    destinations.fail(outcome.destination, outcome.cause)
    remarks.push(`made again for the other storages because "${outcome.destination.sets.label}" failed`)
  }
}

function seenBy(tar: TarWatch, { stages: [command] }: ObjectSpec, { emit }: SetContext): SetContext['emit'] {
  const name = command && commandName(command)
  return (event) => {
    if (event.kind === 'stderr' && event.stage === name) tar.see(event.text)
    emit(event)
  }
}

/** The facts of the dump, and why some are missing. */
function factsOf(observed: ObservedOutput, { digest, facts }: PipelineResult, remarks: readonly string[]): Pick<Stored, 'dump' | 'remarks'> {
  const dump = observed.facts({ digest, stages: facts.stages })
  const failure = observed.watch?.failure?.()
  if (failure === undefined) return { dump, remarks }
  return { dump, remarks: [...remarks, `the contents of the dump are not recorded, because they could not be read: ${messageOf(failure)}`] }
}

async function discardOutput(object: ObjectSpec, context: SetContext): Promise<PipelineOutcome> {
  const { processes, call } = context
  const { done } = await processes.startPipeline(object.stages, { kind: 'discard' }, pipelineCall(object, context, call.signal))
  return { kind: 'made', digest: { bytes: 0, sha256: '' }, facts: await done }
}

function completed(coverage: Coverage | undefined, leftOut: readonly LeftOut[], counts: Coverage): Coverage | undefined {
  if (coverage === undefined && leftOut.length === 0) return undefined
  const all = [...(coverage?.leftOut ?? []), ...leftOut]
  return { ...coverage, ...(all.length > 0 && { leftOut: all }), ...counts }
}

interface Made {
  readonly digest: PipelineResult['digest']
  readonly stages: readonly StageFacts[]
  readonly coverage: Coverage | undefined
  readonly facts: ObjectFacts
  readonly dump: DumpFacts | undefined
}

function recordOf(object: ObjectSpec, { digest, stages, coverage, facts, dump }: Made): ObjectRecord {
  const { path, source } = object
  return {
    path,
    ...digest,
    ...(source && { kind: source.kind }),
    // The script for the facts of a host writes a tar archive.
    ...(source?.kind === 'host-facts' && { source: 'tar' as const }),
    ...(Object.keys(facts).length > 0 && { facts }),
    ...(coverage !== undefined && { coverage }),
    ...(dump !== undefined && { dump }),
    stages: stages.map(stageRecord),
    ...describeContent(object.stages),
  }
}

function stageRecord({ program, execId, exitCode, signal, durationMs }: StageFacts): StageRecord {
  return {
    program,
    ...(execId !== undefined && { exec: execId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    durationMs,
  }
}
