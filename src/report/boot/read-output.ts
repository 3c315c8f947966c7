import { type Command, SYSTEM_PATH } from '../../plan/command.ts'
import { readCommand } from '../../process/command/read-command.ts'
import type { Processes } from '../../process/processes.ts'

/** The output of a program of the host, and its exit code. Undefined exit code: it could not be started, was terminated by a signal or took too long. */
export interface ProgramOutput {
  readonly exitCode: number | undefined
  readonly stdout: string
}

/** The environment for queries of programs. */
export interface OutputContext {
  readonly processes: Processes
  readonly signal: AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
}

const RUN_MS = 20_000
const READ_BYTES = 256 * 1024

/** Runs a program of the host with Holdfast's environment and keeps its output, at most a quarter of a megabyte. Rejects only if it is stopped. */
export async function readOutput(argv: Command['argv'], { processes, signal, environment }: OutputContext, runMs = RUN_MS): Promise<ProgramOutput> {
  const inherited = Object.fromEntries(Object.entries(environment).filter((it): it is [string, string] => it[1] !== undefined))
  const command: Command = {
    argv,
    environment: { kind: 'exactly', values: inherited, inherited: Object.keys(inherited) },
    searchPath: [...(inherited['PATH'] ?? '').split(':').filter(Boolean), ...SYSTEM_PATH],
    accept: { min: 0, max: 255 },
    showStdout: 'never',
    showStderr: 'never',
  }
  try {
    const limits = { stallMs: 0, runMs, graceMs: 2000, lingerMs: 2000 }
    const { stage, stdout } = await readCommand(processes, command, { signal, limits, maxBytes: READ_BYTES })
    return { exitCode: stage?.exitCode, stdout }
  } catch {
    signal.throwIfAborted()
    return { exitCode: undefined, stdout: '' }
  }
}
