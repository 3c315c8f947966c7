import { type ErrorFacts, errorsOf } from '../lib/errors.ts'
import type { TapValue } from './pipes/tap.ts'

/** How one process of a pipeline or step ended. */
export interface StageFacts {
  /** Base name of the program. */
  readonly program: string
  readonly execId?: string
  readonly pid: number
  readonly exitCode?: number
  readonly signal?: NodeJS.Signals
  readonly durationMs: number
  /** The last 8 KiB of its stderr, as text without secrets. */
  readonly stderrTail: string
  /** The results of the command's taps, in their order: a number of lines, the members of an archive, or the last bytes as text. */
  readonly taps?: readonly TapValue[]
}

export interface PipelineFacts {
  readonly stages: readonly StageFacts[]
  /** Notes that are not failures: remaining processes were ended, input was discarded after a reader ended early. */
  readonly notes: readonly string[]
}

export type ProcessErrorKind = 'failed' | 'not-started' | 'input' | 'sink' | 'stalled' | 'too-long' | 'aborted' | 'internal'

/**
 * Why a pipeline or a step's command failed: the first cause, not its consequences. `message` contains the name of the program, its exit code and the
 * last line of its stderr; `stderrTail` is the end of its stderr.
 */
export class ProcessError extends errorsOf('process')<ProcessErrorKind> {
  /** The failed command as typed by a user, with secrets masked; undefined if none failed. */
  readonly command: string | undefined
  readonly stderrTail: string
  /** The results of every started stage, including the failed one. */
  readonly stages: readonly StageFacts[]

  constructor(
    kind: ProcessErrorKind,
    message: string,
    options: ErrorFacts & {
      readonly command?: string
      readonly stderrTail?: string
      readonly stages?: readonly StageFacts[]
    } = {},
  ) {
    super(kind, message, options)
    this.command = options.command
    this.stderrTail = options.stderrTail ?? ''
    this.stages = options.stages ?? []
  }
}

/** How the processes of a failed pipeline or step ended, from the error or the nearest of its causes about processes. Empty if there is none. */
export function stagesOf(error: unknown): readonly StageFacts[] {
  // Only the nearest: the cause of a stopped pipeline is the failure of another one.
  for (let it = error; it instanceof Error; it = it.cause) if (it instanceof ProcessError) return it.stages
  return []
}

/** The failed command, from the error or the nearest of its causes. */
export function commandOf(error: unknown): string | undefined {
  for (let it = error; it instanceof Error; it = it.cause) if (it instanceof ProcessError && it.command !== undefined) return it.command
  return undefined
}

/** The end of the failed program's stderr, from the error or the nearest of its causes; undefined if it is empty, or no program failed. */
export function stderrTailOf(error: unknown): string | undefined {
  for (let it = error; it instanceof Error; it = it.cause) if (it instanceof ProcessError && it.stderrTail.trim() !== '') return it.stderrTail
  return undefined
}
