import { commandName } from '../../plan/command.ts'
import type { ExecStep } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import { isShown, type StepContext } from '../run-context.ts'

/**
 * Runs one command, waits for it, and resolves with how it ended. Rejects with a `ProcessError` if its exit code is not accepted, if a limit is
 * exceeded, or if it cannot be started.
 */
export async function runExec({ command, dry }: ExecStep, { deps, emit, note }: StepContext): Promise<readonly StageFacts[]> {
  // The command is part of the event for the beginning of the step.
  if (dry === true) return []
  const { showStdout, showStderr: show } = command
  const stageName = commandName(command)
  const { notes, ...stage } = await deps.processes.runCommand(command, {
    signal: deps.call.signal,
    limits: deps.limits.steps,
    stdout: isShown(showStdout, deps.verbose) ? deps.stdout : 'nowhere',
    ...(deps.plan.runLogs && { onStdout: (text: string) => emit({ kind: 'stdout', stage: stageName, text, show: showStdout }) }),
    ...(show !== 'never' && { onStderr: (text: string) => emit({ kind: 'stderr', stage: stageName, text, show }) }),
  })
  for (const text of notes) note(text)
  return [stage]
}
