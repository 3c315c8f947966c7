import { makeArchive } from '../../file-sets/make/make-archive.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { StepContext } from '../run-context.ts'
import { archiveWork } from './archive-work.ts'

/** Packs a folder into a dated archive with its list. */
export async function runArchive(step: ArchiveStep, context: StepContext): Promise<undefined> {
  await makeArchive(step, archiveWork(step, step.files.basename, context))
}
