import type { ArchiveFiles, FileSet } from '../dated-files.ts'
import type { Plan, Step } from '../plan.ts'

/** Archives in a plan, with their folders. */
export interface LocatedArchives {
  readonly files: ArchiveFiles
  /** The folder to which relative folders refer. */
  readonly workingFolder: string
  /** The folder of copies, instead of its own folders. */
  readonly copies?: string
}

/** Every set of archives in the plan, and every folder with copies of them: those of tasks and single steps, and unused definitions. */
export function archivesOf({ tasks, parts, fileSets }: Pick<Plan, 'tasks' | 'parts' | 'fileSets'>): readonly LocatedArchives[] {
  const steps = [...tasks.values(), ...(parts?.values() ?? [])].flatMap((task) => task.steps)
  return [...[...(fileSets?.values() ?? [])].flatMap((files) => placed(files, '.')), ...steps.flatMap(archivesOfStep)]
}

function archivesOfStep(step: Step): readonly LocatedArchives[] {
  const { workingFolder = '.' } = step
  switch (step.kind) {
    case 'archive':
      return placed(step.files, workingFolder)
    case 'test-files':
      return step.sets.flatMap(({ files }) => placed(files, workingFolder))
    case 'expire':
      return step.sets.flatMap(({ files, folder }) => placed(files, workingFolder, folder))
    case 'copy-files':
      return step.sets.flatMap(({ files }) => [
        ...placed(files, workingFolder),
        ...step.periods.flatMap(({ folder }) => placed(files, workingFolder, folder)),
      ])
    default:
      return []
  }
}

function placed(files: FileSet, workingFolder: string, copies?: string): readonly LocatedArchives[] {
  return files.kind === 'archives' ? [{ files, workingFolder, ...(copies !== undefined && { copies }) }] : []
}
