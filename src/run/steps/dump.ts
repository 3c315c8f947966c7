import { dumpDatabases } from '../../file-sets/dump/dump-databases.ts'
import type { DumpStep } from '../../plan/dated-files.ts'
import type { StepContext } from '../run-context.ts'
import { archiveWork } from './archive-work.ts'

/** Dumps databases into files of dated names. */
export async function runDump(step: DumpStep, context: StepContext): Promise<undefined> {
  await dumpDatabases(step, archiveWork(step, step.files.basename, context))
}
