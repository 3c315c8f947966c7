import { resolve } from 'node:path'
import type { ArchiveStep, CopyFilesStep, DumpStep } from '../../plan/dated-files.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import { mountGuard } from '../../storage/root/mount-guard.ts'
import type { StepContext } from '../run-context.ts'
import { isRemote } from './sync-ends.ts'

type WritingStep = ArchiveStep | DumpStep | CopyFilesStep | SyncStep

/**
 * Runs a step that writes to folders of this host. Rejects with `storage/mount-missing`, before anything is created, if the file system that contained one of
 * them after the last success is not mounted.
 */
export async function guardingMounts<T>(step: WritingStep, { deps, note }: StepContext, work: () => Promise<T>): Promise<T> {
  const { stateFolder, acceptsMounts: acceptRoot } = deps
  const guards = step.dry === true ? [] : targetsOf(step).map((path) => mountGuard(path, { stateFolder, acceptRoot, note, content: 'files' }))
  for (const guard of guards) await guard.check(undefined)
  const result = await work()
  for (const guard of guards) await guard.remember(undefined)
  return result
}

function targetsOf(step: WritingStep): readonly string[] {
  const at = (path: string) => resolve(step.workingFolder ?? '.', path)
  switch (step.kind) {
    case 'archive': {
      const folder = step.files.folders[step.files.level]
      return folder === undefined ? [] : [at(folder)]
    }
    case 'dump':
      return [at(step.files.folder)]
    case 'copy-files':
      return step.periods.map(({ folder }) => at(folder))
    case 'sync':
      return isRemote(step.target) ? [] : [at(step.target)]
    default:
      return step satisfies never
  }
}
