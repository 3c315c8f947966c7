import { copyNewest } from '../../file-sets/use/copy-newest.ts'
import type { CopyFilesStep } from '../../plan/dated-files.ts'
import type { StepContext } from '../run-context.ts'
import { archiveWork } from './archive-work.ts'

/** Copies the newest dated files to the periods that are due. */
export async function runCopyFiles(step: CopyFilesStep, context: StepContext): Promise<undefined> {
  await copyNewest(step, archiveWork(step, 'copy-files', context))
}
