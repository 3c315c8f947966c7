import type { Command } from '../../plan/command.ts'
import { ProcessError } from '../../process/process-result.ts'
import { ReportError } from '../report-error.ts'
import type { Try } from './send-deps.ts'

/**
 * Runs a program that delivers a message, with this text on its stdin. Its stdout is not passed on. Background processes that it leaves after a
 * success, such as a queue runner, keep running. Rejects with its output; `mayPass` determines the exit codes of temporary failures.
 */
export async function runProgram(
  command: Command,
  stdinText: string,
  { withProcesses, signal, limits, mayPass }: Try & { readonly mayPass: (exitCode: number) => boolean },
): Promise<void> {
  try {
    const call = { signal, limits: { ...limits, stallMs: 0, runMs: 0 }, stdinText, stdout: 'nowhere' } as const
    await withProcesses((processes) => processes.runCommand(command, call))
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    const last = error.stages.at(-1)
    const exitCode = last?.exitCode ?? (last?.signal === undefined || error.code !== 'process/failed' ? undefined : 1)
    throw new ReportError('failed', error.message, { cause: error, hint: error.hint, exitCode, mayPass: exitCode !== undefined && mayPass(exitCode) })
  }
}
