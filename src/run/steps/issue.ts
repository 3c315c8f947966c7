import { describeLocation } from '../../plan/issue.ts'
import type { IssueStep } from '../../plan/steps/step-options.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'

/** A place where the configuration is wrong: notes a warning, rejects with `run/misconfigured` for an error. */
export async function runIssue({ issue }: IssueStep, { note }: StepContext): Promise<undefined> {
  const text = `${describeLocation(issue)}: ${issue.message}`
  if (issue.severity === 'error') throw new RunError('misconfigured', text, { hint: issue.hint ?? 'Run "config check" to see all errors.' })
  note(text)
}
