import type { ArchiveWork } from '../../file-sets/archive-work.ts'
import type { ArchiveStep, CopyFilesStep, DumpStep, ExpireStep } from '../../plan/dated-files.ts'
import { archivesOf } from '../../plan/steps/archives-of.ts'
import type { TestFilesStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { guardingMounts } from './guard-mounts.ts'

type FilesStep = ArchiveStep | DumpStep | ExpireStep | CopyFilesStep | TestFilesStep

/** Runs a step about dated files, using a function of `file-sets`. */
export function datedFilesStep<S extends FilesStep>(work: (step: S, deps: ArchiveWork) => Promise<unknown>) {
  return async (step: S, context: StepContext): Promise<undefined> => {
    const run = () => work(step, archiveWork(step, context))
    await (step.kind === 'expire' || step.kind === 'test-files' ? run() : guardingMounts(step, context, run))
  }
}

function archiveWork(step: FilesStep, { deps, began, emit, note }: StepContext): ArchiveWork {
  return {
    step: step.name ?? ('files' in step ? step.files.basename : step.kind),
    began,
    clock: deps.clock,
    emit,
    note,
    reportError: (text) => emit({ kind: 'note', text, isError: true }),
    processes: deps.processes,
    limits: deps.limits.pipelines,
    signal: deps.call.signal,
    archives: archivesOf(deps.plan),
    trustsFolders: deps.trustsFolders === true,
    isClockConfirmed: deps.isClockConfirmed === true,
    acceptsMounts: deps.acceptsMounts === true,
    ...(deps.stateFolder !== undefined && { stateFolder: deps.stateFolder }),
    ...(deps.call.failpoint && { failpoint: deps.call.failpoint }),
  }
}
