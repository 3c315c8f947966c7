import { expireFiles } from '../../file-sets/expire/expire-files.ts'
import type { ExpireStep } from '../../plan/dated-files.ts'
import type { StepContext } from '../run-context.ts'
import { archiveWork } from './archive-work.ts'

/** Removes old dated files. */
export async function runExpire(step: ExpireStep, context: StepContext): Promise<undefined> {
  await expireFiles(step, archiveWork(step, 'expire', context))
}
