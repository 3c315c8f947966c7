import type { ArchiveWork } from '../../file-sets/work.ts'
import type { Step } from '../../plan/plan.ts'
import { archivesOf } from '../../plan/steps/archives-of.ts'
import type { StepContext } from '../run-context.ts'

/** What the engine of files gets from a run. `fallback` names a step that the configuration gives no name. */
export function archiveWork({ name }: Step, fallback: string, { deps, began, tell, note }: StepContext): ArchiveWork {
  return {
    step: name ?? fallback,
    began,
    clock: deps.clock,
    emit: tell,
    note,
    complain: (text) => tell({ kind: 'note', text, isError: true }),
    processes: deps.processes,
    limits: deps.limits.pipelines,
    signal: deps.call.signal,
    archives: archivesOf(deps.plan),
    trustsFolders: deps.trustsFolders === true,
    isClockConfirmed: deps.isClockConfirmed === true,
    ...(deps.call.failpoint && { failpoint: deps.call.failpoint }),
  }
}
