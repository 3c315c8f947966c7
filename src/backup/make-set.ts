import { setTimeout as sleep } from 'node:timers/promises'
import { CLEAR_UP_LIMIT_MS, settledWithin } from '../lib/settled-within.ts'
import type { BackupStep } from '../plan/plan.ts'
import type { Limits, Processes } from '../process/processes.ts'
import { stagesOf } from '../process/result.ts'
import type { Call } from '../storage/storage.ts'
import { openDigester } from './digester.ts'
import type { BackupEvent } from './events.ts'
import { type MadeObject, makeObject } from './make-object.ts'
import { makeObjects } from './make-objects.ts'
import { rotate } from './rotate.ts'
import { parseSetName } from './set-name.ts'
import type { SetDraft, SetStore } from './set-store.ts'

export interface MakeSetDeps {
  readonly sets: SetStore
  readonly processes: Processes
  readonly run: { readonly runId: string; readonly task: string; readonly host: string }
  readonly workers: number
  readonly limits: Limits
  /** How often objects in the making tell their size; absent: never. */
  readonly progressMs?: number
  readonly clock: () => Date
  readonly emit: (event: BackupEvent) => void
  readonly call: Call
}

/** `published`: under this name, and rotated. `discarded`: the storage keeps nothing; every object was made all the same. */
export type SetOutcome =
  | { readonly status: 'published'; readonly set: string; readonly notes: readonly string[] }
  | { readonly status: 'discarded'; readonly notes: readonly string[] }

/**
 * One backup step: every object made, then the set published, then old ones rotated.
 *
 * Rejects with the first cause after everything of the new set is rolled back and no process of it is left. A failing rotation rejects too
 * (`backup/rotation-failed`), but the new set stays.
 */
export async function makeSet(step: BackupStep, deps: MakeSetDeps): Promise<SetOutcome> {
  const { sets, call } = deps
  const began = deps.clock()
  const draft = await sets.begin({ runId: deps.run.runId, task: deps.run.task, began }, call)
  call.reach?.('set-begun')
  deps.emit({ kind: 'set-began', step: step.name, storage: sets.label, objects: step.objects.length })
  const { set, notes } = await fillAndPublish(step, { ...deps, draft, began })
  if (!sets.keeps) return { status: 'discarded', notes }
  call.reach?.('set-published')
  const rotated = await rotate(sets, { step: step.name, policy: step.keep, current: set, emit: deps.emit }, call)
  call.reach?.('rotated')
  await untilPassed(set, deps)
  return { status: 'published', set, notes: [...notes, ...rotated] }
}

// A name is a time. Where its own second was taken, the set bears one that is still to come; whoever makes a set after this one shall get a later
// name, also when this one's predecessor has expired and its name is free again.
async function untilPassed(set: string, { clock, call }: MakeSetDeps): Promise<void> {
  const aheadMs = (parseSetName(set)?.getTime() ?? 0) - clock().getTime()
  if (aheadMs > 0) await sleep(Math.min(aheadMs, 1000), undefined, { signal: call.signal }).catch(() => undefined)
}

interface Filling extends MakeSetDeps {
  readonly draft: SetDraft
  readonly began: Date
}

async function fillAndPublish(step: BackupStep, filling: Filling): Promise<{ set: string; notes: readonly string[] }> {
  const { draft, sets, call, began, run } = filling
  try {
    const made = await makeAll(step, filling)
    call.reach?.('objects-made')
    const objects = made.map(({ record }) => record)
    const facts = { host: run.host, runId: run.runId, task: run.task, step: step.name, began, ended: filling.clock(), objects }
    const set = await sets.exclusively(call, () => draft.commit(began, facts, call))
    const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
    if (sets.keeps) filling.emit({ kind: 'set-published', step: step.name, storage: sets.label, set, bytes })
    return { set, notes: made.flatMap(({ notes }) => notes) }
  } catch (error) {
    if (!(await settledWithin(CLEAR_UP_LIMIT_MS, draft.abort())))
      filling.emit({ kind: 'note', text: `gave up removing what was made of the set on "${sets.label}"; the next run removes it` })
    throw error
  }
}

const NOTHING_KNOWN: ReadonlyMap<string, number> = new Map()

/** The sizes of the objects of the newest set that has a manifest; for people who watch, so that nothing here is a failure. */
async function lastSizes(sets: SetStore, call: Call): Promise<ReadonlyMap<string, number>> {
  try {
    const last = (await sets.list(call)).findLast(({ state }) => state === 'complete')
    const manifest = last && (await sets.readManifest(last.name, call))
    return new Map(manifest?.objects.map(({ path, bytes }) => [path, bytes]))
  } catch {
    return NOTHING_KNOWN
  }
}

async function makeAll(step: BackupStep, filling: Filling): Promise<readonly Pick<MadeObject, 'record' | 'notes'>[]> {
  const { draft, processes, limits, workers, emit, call, sets, progressMs } = filling
  const digester = openDigester()
  const expected = progressMs === undefined ? NOTHING_KNOWN : await lastSizes(sets, call)
  const blockBytes = step.storage.kind === 'localfs' ? step.storage.blockBytes : undefined
  try {
    return await makeObjects(step.objects, { workers, signal: call.signal }, async (object, signal) => {
      const told = { step: step.name, path: object.path }
      const expectedBytes = expected.get(object.path)
      emit({ kind: 'object-began', ...told, ...(expectedBytes !== undefined && { expectedBytes }) })
      const startedMs = performance.now()
      const durationMs = () => Math.round(performance.now() - startedMs)
      try {
        const { record, notes, stages } = await makeObject(object, {
          draft,
          processes,
          digester,
          call: { ...call, signal },
          pipelineCall: {
            limits,
            onStderr: (stage, text, show) => {
              emit({ kind: 'stderr', stage, text, show })
            },
            ...(draft.recordProcesses && { onProcesses: draft.recordProcesses }),
          },
          ...(blockBytes !== undefined && { blockBytes }),
          ...(progressMs !== undefined && {
            progress: { everyMs: progressMs, tell: (bytes: number) => emit({ kind: 'object-progress', ...told, bytes }) },
          }),
        })
        const kept = sets.keeps ? { bytes: record.bytes, sha256: record.sha256 } : {}
        emit({ kind: 'object-ended', ...told, ...kept, durationMs: durationMs(), stages })
        // What the stages said last is let go here: there may be many objects.
        return { record, notes }
      } catch (error) {
        const stages = stagesOf(error).slice(0, object.stages.length)
        emit({ kind: 'object-failed', ...told, durationMs: durationMs(), stopped: signal.aborted, stages })
        throw error
      }
    })
  } finally {
    await settledWithin(CLEAR_UP_LIMIT_MS, digester.close())
  }
}
