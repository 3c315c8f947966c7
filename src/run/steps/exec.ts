import { looksSecret } from '../../lib/secrets.ts'
import { type Command, commandName } from '../../plan/command.ts'
import type { ExecStep } from '../../plan/plan.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { StepCall } from '../../process/processes.ts'
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
  const isVisible = isShown(showStdout, deps.verbose)
  const { notes, ...stage } = await deps.processes.runCommand(command, {
    signal: deps.call.signal,
    limits: deps.limits.steps,
    stdout: isVisible ? deps.stdout : 'nowhere',
    ...stdoutObservers(command, isVisible, { deps, emit }),
    ...(show !== 'never' && { onStderr: (text: string) => emit({ kind: 'stderr', stage: stageName, text, show }) }),
  })
  for (const text of notes) note(text)
  return [stage]
}

/**
 * The stdout of the command goes to the log, without secrets. It is shown unchanged, as by the program itself, unless it is shown among other output,
 * which is stored: then also without the secrets of the run, including those of its earlier steps.
 */
function stdoutObservers(
  command: Command,
  isVisible: boolean,
  { deps, emit }: Pick<StepContext, 'deps' | 'emit'>,
): Pick<StepCall, 'onStdout' | 'onRawStdout'> {
  const { showStdout } = deps
  const log = deps.plan.runLogs && ((text: string) => emit({ kind: 'stdout', stage: commandName(command), text, show: command.showStdout }))
  const show = isVisible ? showStdout : undefined
  if (deps.stdout === 'stdout') return log ? { onStdout: log, ...(show && { onRawStdout: show }) } : {}
  if (!log && !(show && (knowsSecrets(command) || !deps.processes.redactor.isEmpty()))) return {}
  return {
    onStdout(text) {
      log?.(text)
      show?.(text)
    },
  }
}

/** Whether the run knows another secret when the command has started. */
function knowsSecrets({ environment, extras = [] }: Command): boolean {
  const values = Object.entries(environment.values)
  return values.some(([name, value]) => typeof value !== 'string' || looksSecret(name)) || extras.some(({ kind }) => kind === 'secret-file')
}
