import type { BackupStep } from '../../plan/plan.ts'
import { commonMoment } from '../set/common-moment.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import { parseSetName } from '../set/set-name.ts'
import type { ManifestFacts } from '../set/set-store.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

export interface Published {
  readonly destination: SetDestination
  readonly set: string
}

/**
 * Commits the set on each storage, local ones first, under one name where that is free everywhere. As long as none has it, a storage that fails is judged
 * by the step's own rule; once one has it, that set is whole and stays, and the others get it too as far as they can: more copies are never worse than
 * fewer.
 */
export async function publishSet(step: BackupStep, objects: readonly ObjectRecord[], making: SetContext): Promise<readonly Published[]> {
  const { destinations, run, began, clock, call, emit } = making
  const facts: ManifestFacts = { host: run.host, runId: run.runId, task: run.task, step: step.name, began, ended: clock(), objects }
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
  const wanted = await momentToPublish(making)
  const published: Published[] = []
  for (const destination of destinations.active()) {
    try {
      const set = await destination.sets.exclusively(call, () => destination.draft.commit(wanted, facts, call))
      destinations.setCommitted(destination)
      published.push({ destination, set })
      emit({ kind: 'set-published', step: step.name, storage: destination.sets.label, set, bytes })
      call.failpoint?.('set-published')
    } catch (error) {
      if (call.signal.aborted) throw error
      if (published.length > 0) destinations.drop(destination, error)
      else destinations.fail(destination, error)
    }
  }
  return published
}

// A name that a storage has given already is the one; else one that is still free everywhere.
async function momentToPublish({ destinations, began, call }: SetContext): Promise<Date> {
  const active = destinations.active()
  const name = active.flatMap(({ draft }) => (draft.kind === 'stream' ? [draft.name] : []))[0]
  const given = name === undefined ? undefined : parseSetName(name)
  if (given !== undefined) return given
  return commonMoment(
    active.map(({ sets }) => sets),
    began,
    call,
  )
}
