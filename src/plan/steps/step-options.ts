import type { Issue } from '../issue.ts'

/** What any step may be told beside its work. */
export interface StepOptions {
  /** What the configuration calls it, for logs. */
  readonly name?: string
  /** Whether a failure ends the task (`stop`, the default) or the next step comes. The run has failed in both cases. */
  readonly onFailure?: 'stop' | 'continue'
  /** It only tells what it would do, and changes nothing at all. */
  readonly dry?: boolean
  /** What relative paths of the step are relative to; absent = our own working folder. */
  readonly workingFolder?: string
}

/** Stands where the configuration is wrong in a part that other parts do without: an error fails when the run comes to it, a warning is noted. */
export interface IssueStep extends StepOptions {
  readonly kind: 'issue'
  readonly issue: Issue
}
