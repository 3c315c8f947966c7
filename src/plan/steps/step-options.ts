import type { Issue } from '../issue.ts'

/** Options that are available for all steps. */
export interface StepOptions {
  /** Its name in the configuration, for logs. */
  readonly name?: string
  /** Whether a failure ends the task (`stop`, the default) or the next step is run. The run has failed in both cases. */
  readonly onFailure?: 'stop' | 'continue'
  /** It only reports its actions, and changes nothing. */
  readonly dry?: boolean
  /** The folder to which relative paths of the step refer; absent: the current working folder. */
  readonly workingFolder?: string
}

/** Represents an invalid part of the configuration that does not affect other parts: an error fails when it is run, a warning is noted. */
export interface IssueStep extends StepOptions {
  readonly kind: 'issue'
  readonly issue: Issue
}
