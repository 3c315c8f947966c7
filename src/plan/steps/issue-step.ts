import type { Issue } from '../issue.ts'
import type { StepOptions } from './step-options.ts'

/** Stands where the configuration is wrong in a part that other parts do without: an error fails when the run comes to it, a warning is noted. */
export interface IssueStep extends StepOptions {
  readonly kind: 'issue'
  readonly issue: Issue
}
