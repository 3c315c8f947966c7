import type { OwnFolders } from '../../backup/coverage/covered.ts'
import type { RotationPolicy } from '../../backup/keep/decide-rotation.ts'
import { makeSet } from '../../backup/make/make-set.ts'
import type { OpenTarget } from '../../backup/make/set-destinations.ts'
import { callOf } from '../../backup/set/events.ts'
import type { SetHost } from '../../backup/set/set-store.ts'
import { unavailableSets } from '../../backup/store/unavailable-sets.ts'
import { AppError } from '../../lib/errors.ts'
import type { BackupStep, BackupTarget } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { ownFolders, targetFolders } from '../../plan/steps/own-folders.ts'
import type { StepContext } from '../run-context.ts'
import { asAppError } from '../run-error.ts'
import { refuseForeignSources } from './refuse-foreign-sources.ts'

/**
 * Makes one set, publishes it on every storage of the step, rotates there. Rejects with the first cause after everything of the set was rolled back,
 * or if the published set could not be stored on all storages, or old sets could not be removed.
 */
export async function runBackup(step: BackupStep, { deps, task, emit, note, partial }: StepContext): Promise<undefined> {
  if (deps.trustsFolders !== true) await refuseForeignSources(step.objects, deps.call.signal)
  const opened = await Promise.all(step.targets.map((target) => openTarget(target, { deps, note })))
  try {
    const outcome = await makeSet(step, {
      targets: opened.map(({ target }) => target),
      processes: deps.processes,
      run: { runId: deps.runId, task, host: deps.host, hostId: deps.hostId },
      workers: deps.plan.tasks.get(task)?.workers ?? deps.plan.workers,
      limits: deps.limits.pipelines,
      own: ownFoldersOf(step, deps),
      ...(deps.evidence && { evidence: deps.evidence }),
      ...(deps.progressMs !== undefined && { progressMs: deps.progressMs }),
      ...(deps.expectsSizes && { expectsSizes: true }),
      clock: deps.clock,
      emit,
      call: callOf(deps.call, { task, step: step.name, emit }),
    })
    for (const text of outcome.notes) note(text)
    if (outcome.partial) partial(asAppError(outcome.partial.cause))
  } finally {
    for (const { close } of opened) await close()
  }
}

/** The keep policy of a storage for the sets of this host. Those in the folders of an ancestor are counted as it counts them. */
export function hostPolicy({ storage, keep }: BackupTarget, ownHost: SetHost): RotationPolicy {
  return storage.kind !== 'null' && storage.completeWhen === 'manifest' ? { ...keep, ownHost } : keep
}

/** The folders that the objects of a step leave out. */
export function ownFoldersOf(step: BackupStep, { plan, stateFolder }: Pick<StepContext['deps'], 'plan' | 'stateFolder'>): OwnFolders {
  return { targets: targetFolders(step), others: [...ownFolders(plan), ...(stateFolder === undefined ? [] : [stateFolder])] }
}

interface Opened {
  readonly target: OpenTarget
  close(): Promise<void>
}

async function openTarget({ storage, keep }: BackupTarget, { deps, note }: Pick<StepContext, 'deps' | 'note'>): Promise<Opened> {
  const blockBytes = storage.kind === 'localfs' ? storage.blockBytes : undefined
  const policy = {
    ...hostPolicy({ storage, keep }, { name: deps.host, id: deps.hostId }),
    ...(deps.isClockConfirmed === true && { isClockConfirmed: true }),
  }
  const more = { keep: policy, ...(blockBytes !== undefined && { blockBytes }) }
  try {
    const { sets, close } = await deps.openSets(storage, note)
    return { target: { sets, ...more }, close }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { target: { sets: unavailableSets(describeStorage(storage), error), ...more }, close: async () => undefined }
  }
}
