import type { BackupStep } from '../../plan/plan.ts'
import type { WorkRun } from '../../storage/storage.ts'
import { commonMoment } from '../set/common-moment.ts'
import { setFailed, setStopped } from '../set/events.ts'
import { formatSetName } from '../set/set-name.ts'
import type { MakeSetDeps } from './set-context.ts'
import { type OpenTarget, openDestinations, type SetDestinations } from './set-destinations.ts'

/**
 * Begins the set on each storage, local ones first. Where one cannot be begun, and that is the end for all, those begun are removed and it rejects with
 * why.
 */
export async function beginDestinations(step: BackupStep, deps: MakeSetDeps, began: Date): Promise<SetDestinations> {
  const { targets, run, call, emit } = deps
  const keepers = targets.filter(({ sets }) => sets.keeps)
  const moment = await commonMoment(
    keepers.map(({ sets }) => sets),
    began,
    call,
  )
  const set = formatSetName(moment)
  const destinations = openDestinations({
    set,
    require: step.require,
    wanted: keepers.length,
    onFailed: ({ sets, cause }) => emit(setFailed({ step: step.name, storage: sets.label, set }, cause)),
  })
  try {
    for (const target of targets.toSorted((a, b) => Number(b.sets.isLocal) - Number(a.sets.isLocal))) {
      if (!(await beginOne(target, { runId: run.runId, task: run.task, began: moment }, { destinations, deps }))) continue
      call.failpoint?.('set-begun')
      emit({ kind: 'set-began', step: step.name, storage: target.sets.label, objects: step.objects.length })
    }
    return destinations
  } catch (error) {
    for (const { sets } of destinations.active()) if (keepers.length > 1) emit(setStopped({ step: step.name, storage: sets.label, set }))
    await abortAll(destinations, deps)
    throw error
  }
}

/** False when the storage failed, and the others go on without it. */
async function beginOne(
  target: OpenTarget,
  run: WorkRun,
  { destinations, deps: { call } }: { readonly destinations: SetDestinations; readonly deps: MakeSetDeps },
): Promise<boolean> {
  try {
    destinations.add({ ...target, draft: await target.sets.begin(run, call) })
    return true
  } catch (error) {
    if (call.signal.aborted) throw error
    destinations.fail(target, error)
    return false
  }
}

/** Removes the remaining drafts, and notes where that timed out. */
export async function abortAll(destinations: SetDestinations, { emit }: Pick<MakeSetDeps, 'emit'>): Promise<void> {
  for (const { label } of await destinations.abortAll())
    emit({ kind: 'note', text: `could not remove the unfinished set on "${label}" in time; the next run removes it` })
}
