import type { Report } from '../../../document/report.ts'
import { memberOf, type Placed, spotOf } from '../../../document/yaml/node.ts'
import type { StepOptions } from '../../../plan/steps/step-options.ts'
import { FILE_STEP_KINDS } from '../schema/file-steps.ts'
import type { StepInput } from '../schema/tasks.ts'

/** What stands beside the kind of a step. Undefined when something of it means nothing there; then it is told. */
export function compileStepOptions(input: StepInput, at: Placed, report: Report): StepOptions | undefined {
  const { name, 'on-failure': onFailure, dry } = input
  const takesAll = input.exec !== undefined || FILE_STEP_KINDS.some((it) => input[it] !== undefined)
  const stray = takesAll ? undefined : (['name', 'dry'] as const).find((it) => input[it] !== undefined)
  if (stray !== undefined)
    return report.error(
      spotOf(memberOf(at, stray) ?? at),
      `"${stray}" is not supported for a step of this kind`,
      'It is only valid for "exec" and for steps about files.',
    )
  return { ...(name !== undefined && { name }), ...(onFailure !== undefined && { onFailure }), ...(dry !== undefined && { dry }) }
}
