import { testNewest } from '../../file-sets/use/test-newest.ts'
import type { TestFilesStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { archiveWork } from './archive-work.ts'

/** Tests the newest dated files. */
export async function runTestFiles(step: TestFilesStep, context: StepContext): Promise<undefined> {
  await testNewest(step, archiveWork(step, 'test-files', context))
}
