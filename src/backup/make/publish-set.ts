import { describeObjects } from '../coverage/describe-coverage.ts'
import type { ManifestFacts } from '../set/manifest.ts'
import { parseSetName } from '../set/set-name.ts'
import { commonMoment, type SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

export interface Published {
  readonly destination: SetDestination
  readonly set: string
  /** Of its manifest. */
  readonly facts: ManifestFacts
}

/** The contents of the set, and doubts about them. */
export type MadeObjects = Pick<ManifestFacts, 'objects' | 'suspicious' | 'failed'>

/**
 * Commits the set on each storage, file systems first, with the same name where it is free everywhere. Until the first commit, the failure of a storage
 * is decided by `require` of the step. After it, a complete set exists and is kept, so all others are tried too, whatever fails: more copies are never
 * worse than fewer.
 */
export async function publishSet({ objects, ...doubts }: MadeObjects, context: SetContext): Promise<readonly Published[]> {
  const { step, destinations, run, began, clock, call, emit } = context
  const facts: ManifestFacts = {
    host: run.host,
    hostId: run.hostId,
    runId: run.runId,
    task: run.task,
    step: step.name,
    began,
    ended: clock(),
    ...doubts,
    objects,
  }
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
  const covers = describeObjects(objects)
  const moment = await momentOfName(context)
  const published: Published[] = []
  for (const destination of destinations.active()) {
    const { sets, draft } = destination
    try {
      const set = await sets.exclusively(call, () => draft.commit(moment, facts, call))
      destinations.setCommitted(destination)
      published.push({ destination, set, facts })
      emit({ kind: 'set-published', step: step.name, storage: sets.label, set, bytes, ...(covers !== undefined && { covers }) })
      call.failpoint?.('set-published')
    } catch (error) {
      if (call.signal.aborted) throw error
      if (published.length > 0) destinations.drop(destination, error)
      else destinations.fail(destination, error)
    }
  }
  return published
}

/** An object store has given the set its name at the beginning, so the others use that one. */
async function momentOfName({ destinations, began, call }: SetContext): Promise<Date> {
  const active = destinations.active()
  const [given] = active.flatMap(({ draft }) => (draft.kind === 'stream' ? [draft.name] : []))
  const stores = active.map(({ sets }) => sets)
  return (given === undefined ? undefined : parseSetName(given)) ?? (await commonMoment(stores, began, call))
}
