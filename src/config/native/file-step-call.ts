import type { StepOptions } from '../../plan/step-options.ts'
import type { Context } from './context.ts'
import type { Settings } from './settings.ts'
import type { Placed } from './yaml/node.ts'

/** What the compilers of steps about files and the host are told beside what stands there. */
export interface FileStepCall {
  /** Of the step's kind. */
  readonly at: Placed
  readonly options: StepOptions
  readonly settings: Settings
  readonly context: Context
}
