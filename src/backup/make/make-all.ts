import { CLEAR_UP_LIMIT_MS, settledWithin } from '../../lib/settled-within.ts'
import type { BackupStep, ObjectSpec } from '../../plan/plan.ts'
import { stagesOf } from '../../process/result.ts'
import { openDigester } from './digester.ts'
import { type MadeObject, makeObject } from './make-object.ts'
import type { MakingDeps } from './object-pipeline.ts'
import { scheduleObjects } from './object-scheduler.ts'
import type { SetContext } from './set-context.ts'

const NOTHING_KNOWN: ReadonlyMap<string, number> = new Map()

/** Every object of the step, made in every draft. Rejects with the first cause when nothing of it is running any more. */
export async function makeAll(step: BackupStep, making: SetContext): Promise<readonly Pick<MadeObject, 'record' | 'notes'>[]> {
  const { workers, call, progressMs } = making
  const digester = openDigester()
  const expected = progressMs === undefined ? NOTHING_KNOWN : await lastSizes(making)
  try {
    return await scheduleObjects(step.objects, { workers, signal: call.signal }, (object, signal) => {
      const expectedBytes = expected.get(object.path)
      making.emit({ kind: 'object-began', step: step.name, path: object.path, ...(expectedBytes !== undefined && { expectedBytes }) })
      return makeOne(object, { step: step.name, making, deps: depsFor(object, { step, making, digester, signal }) })
    })
  } finally {
    await settledWithin(CLEAR_UP_LIMIT_MS, digester.close())
  }
}

interface Setting {
  readonly step: BackupStep
  readonly making: SetContext
  readonly digester: MakingDeps['digester']
  readonly signal: AbortSignal
}

function depsFor({ path }: ObjectSpec, { step, making, digester, signal }: Setting): MakingDeps {
  const { destinations, processes, limits, emit, call, progressMs } = making
  const told = { step: step.name, path }
  return {
    destinations,
    processes,
    digester,
    call: { ...call, signal },
    pipelineCall: {
      limits,
      onStderr: (stage, text, show) => {
        emit({ kind: 'stderr', stage, text, show })
      },
    },
    ...(progressMs !== undefined && {
      progress: {
        everyMs: progressMs,
        tell: (bytes, storage) => emit({ kind: 'object-progress', ...told, bytes, ...(storage !== undefined && { storage }) }),
      },
    }),
  }
}

interface Making {
  readonly step: string
  readonly making: SetContext
  readonly deps: MakingDeps
}

async function makeOne(object: ObjectSpec, { step, making, deps }: Making): Promise<Pick<MadeObject, 'record' | 'notes'>> {
  const told = { step, path: object.path }
  const startedMs = performance.now()
  const durationMs = () => Math.round(performance.now() - startedMs)
  try {
    const { record, notes, stages } = await makeObject(object, deps)
    const kept = making.targets.some(({ sets }) => sets.keeps) ? { bytes: record.bytes, sha256: record.sha256 } : {}
    making.emit({ kind: 'object-ended', ...told, ...kept, durationMs: durationMs(), stages })
    // What the stages said last is let go here: there may be many objects.
    return { record, notes }
  } catch (error) {
    const stages = stagesOf(error).slice(0, object.stages.length)
    making.emit({ kind: 'object-failed', ...told, durationMs: durationMs(), stopped: deps.call.signal.aborted, stages })
    throw error
  }
}

/** The sizes of the objects of the newest set that has a manifest; for people who watch, so that nothing here is a failure. */
async function lastSizes({ destinations, call }: SetContext): Promise<ReadonlyMap<string, number>> {
  try {
    const sets = destinations.active()[0]?.sets
    const last = (await sets?.list(call))?.findLast(({ state }) => state === 'complete')
    const manifest = last && (await sets?.readManifest(last.name, call))
    return new Map(manifest?.objects.map(({ path, bytes }) => [path, bytes]))
  } catch {
    return NOTHING_KNOWN
  }
}
