import type { Placed } from '../../../document/yaml/node.ts'
import type { StepOptions } from '../../../plan/steps/step-options.ts'
import type { Context } from '../context.ts'
import type { Settings } from '../settings.ts'

/** What the compilers of steps about files and the host are told beside what stands there. */
export interface FileStepCall {
  /** Of the step's kind. */
  readonly at: Placed
  readonly options: StepOptions
  readonly settings: Settings
  readonly context: Context
}
