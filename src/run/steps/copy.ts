import { copySets } from '../../backup/copy/copy-sets.ts'
import { callOf } from '../../backup/set/events.ts'
import type { CopyStep } from '../../plan/plan.ts'
import type { StepContext } from '../run-context.ts'

/** Copies missing sets from one storage to another, then rotates the target. Rejects with the first failure after all sets were tried. */
export async function runCopy(step: CopyStep, { deps, task, emit, note }: StepContext): Promise<undefined> {
  const from = await deps.openSets(step.from.storage, note)
  try {
    const to = await deps.openSets(step.to.storage, note)
    try {
      const notes = await copySets(
        { step: step.name, from: from.sets, to: to.sets, newest: step.newest, keep: step.to.keep, takesLegacy: takesLegacy(step) },
        {
          run: { runId: deps.runId, task },
          clock: deps.clock,
          emit,
          call: callOf(deps.call, { task, step: step.name, emit }),
          ...(deps.progressMs !== undefined && { progressMs: deps.progressMs }),
        },
      )
      for (const text of notes) note(text)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

/** Whether sets without a manifest count on the target. */
export function takesLegacy({ to: { storage } }: CopyStep): boolean {
  return storage.kind !== 'null' && storage.completeWhen === 'folder'
}
