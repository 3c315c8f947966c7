import { commandName } from '../../plan/command.ts'
import type { ExecStep } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/result.ts'
import { isShown, type StepContext } from '../run-context.ts'

/** Runs one command, waits for it, and resolves with how it ended. Rejects with a `ProcessError` when its exit code is not accepted, by a limit, or when it cannot be started. */
export async function runExec({ command }: ExecStep, { deps, tell, note }: StepContext): Promise<readonly StageFacts[]> {
  const { showStdout, showStderr: show } = command
  const { notes, ...stage } = await deps.processes.runCommand(command, {
    signal: deps.call.signal,
    limits: deps.limits.steps,
    stdout: isShown(showStdout, deps.verbose) ? deps.stdout : 'nowhere',
    ...(show !== 'never' && { onStderr: (text: string) => tell({ kind: 'stderr', stage: commandName(command), text, show }) }),
  })
  for (const text of notes) note(text)
  return [stage]
}
