import { describeLocation } from '../../plan/issue.ts'
import type { SignalsStep } from '../../plan/plan.ts'
import type { IssueStep } from '../../plan/steps/step-options.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'

/** Blocks or unblocks signals, for this process and its future child processes, until the end of the run or the next such step. */
export async function runSignals({ changes }: SignalsStep, { deps }: StepContext): Promise<undefined> {
  for (const { action, signals } of changes) {
    if (action === 'block') deps.signals.block(signals)
    else deps.signals.unblock(signals)
  }
  deps.processes.setBlockedSignals(deps.signals.blocked())
}

/** An invalid part of the configuration: notes a warning, rejects with `run/misconfigured` for an error. */
export async function runIssue({ issue }: IssueStep, { note }: StepContext): Promise<undefined> {
  const text = `${describeLocation(issue)}: ${issue.message}`
  if (issue.severity === 'error') throw new RunError('misconfigured', text, { hint: issue.hint ?? 'Run "config check" to see all errors.' })
  note(text)
}
