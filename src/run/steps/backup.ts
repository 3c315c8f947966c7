import { makeSet } from '../../backup/make-set.ts'
import type { BackupStep } from '../../plan/plan.ts'
import type { StepContext } from '../run-context.ts'

/** Makes one set, publishes it, rotates. Rejects with the first cause after everything of the set was rolled back, or with `backup/rotation-failed`. */
export async function runBackup(step: BackupStep, { deps, task, tell, note }: StepContext): Promise<undefined> {
  const open = await deps.openSets(step, note)
  try {
    const outcome = await makeSet(step, {
      sets: open.sets,
      processes: deps.processes,
      run: { runId: deps.runId, task, host: deps.host },
      workers: deps.plan.tasks.get(task)?.workers ?? deps.plan.workers,
      limits: deps.limits.pipelines,
      ...(deps.progressMs !== undefined && { progressMs: deps.progressMs }),
      clock: deps.clock,
      emit: tell,
      call: deps.call,
    })
    for (const text of outcome.notes) note(text)
  } finally {
    await open.close()
  }
}
