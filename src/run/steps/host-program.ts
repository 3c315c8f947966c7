import { type Command, describeCommand } from '../../plan/command.ts'
import { ProcessError, type StageFacts } from '../../process/process-result.ts'
import { describeEnd } from '../../process/start/stage.ts'
import type { StepContext } from '../run-context.ts'

/** How to call a program of the host, in addition to its arguments. */
export interface HostCall {
  /** Receives each line of its stdout; lines end at line breaks and carriage returns. */
  readonly onLine: (line: string) => void
  /** Explains an exit code other than 0 that is not a failure; (undefined) if it is one. */
  readonly whyAccepted?: (facts: StageFacts) => string | undefined
}

/**
 * Runs one program to its end and resolves with the explanation of its exit code, if that is not 0 and not a failure. Its stdout may have any length.
 * Rejects with a `ProcessError`.
 */
export async function runHostProgram(command: Command, { onLine, whyAccepted }: HostCall, { deps, note }: StepContext): Promise<string | undefined> {
  const { processes, limits, call } = deps
  const any: Command = { ...command, accept: { min: 0, max: 255 } }
  const running = await processes.startPipeline([any], { kind: 'stream' }, { signal: call.signal, limits: limits.pipelines })
  let rest = ''
  try {
    for await (const chunk of running.output.setEncoding('utf8')) {
      const lines = `${rest}${String(chunk)}`.split(/[\r\n]/u)
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') onLine(line)
    }
  } catch {
    // `done` rejects with the cause.
  }
  const { stages, notes } = await running.done
  if (rest !== '') onLine(rest)
  for (const text of notes) note(text)
  const [facts] = stages
  if (facts === undefined || facts.exitCode === 0) return undefined
  const why = whyAccepted?.(facts)
  if (why !== undefined) return why
  const { stderrTail } = facts
  throw new ProcessError('failed', describeEnd(command, { code: facts.exitCode ?? null, signal: null }, stderrTail), {
    command: describeCommand(command),
    stderrTail,
    stages,
  })
}

const SYSTEM = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
const VALUES = { PATH: SYSTEM.join(':'), LC_ALL: 'C' }

/** A program of the base system, with messages in English. */
export function hostTool(argv: Command['argv']): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: VALUES, inherited: Object.keys(VALUES) },
    searchPath: SYSTEM,
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'verbose',
  }
}
