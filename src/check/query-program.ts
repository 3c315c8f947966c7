import type { Command } from '../plan/command.ts'
import { readCommand } from '../process/command/read-command.ts'
import { ProcessError } from '../process/process-result.ts'
import type { CheckContext } from './check-deps.ts'

export interface ProgramAnswer {
  readonly exitCode: number
  /** Its first 64 KiB. */
  readonly stdout: string
  /** Its last 8 KiB. */
  readonly stderr: string
}

const MAX_BYTES = 64 * 1024

// The time limit of the check applies; a program that does not react to the signal gets only a short grace period.
const LIMITS = { stallMs: 0, runMs: 0, graceMs: 300, lingerMs: 1000 }

/**
 * Runs a program to its end and returns its output. Its standard input is empty, and no process of it is left running. Rejects with a `ProcessError`
 * if it cannot be started, is terminated by a signal, or is stopped.
 */
export async function queryProgram(command: Command, { processes, signal }: CheckContext): Promise<ProgramAnswer> {
  const { stage, stdout } = await readCommand(processes, command, { signal, limits: LIMITS, maxBytes: MAX_BYTES })
  if (stage?.exitCode === undefined) throw new ProcessError('failed', `"${command.argv[0]}" timed out`)
  return { exitCode: stage.exitCode, stdout, stderr: stage.stderrTail }
}
