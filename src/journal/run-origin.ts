import type { AppError } from '../lib/errors.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunResult } from '../run/result.ts'

/** Names one process for ever: a pid is given away again, also after the next start of the host. */
export interface ProcessIdentity {
  readonly host: string
  /** The kernel's id of this boot. */
  readonly boot: string
  /** Inode of its pid namespace; absent in what earlier versions wrote. */
  readonly pidNamespace?: string
  readonly pid: number
  /** In clock ticks since boot; undefined where it cannot be told. */
  readonly start: number | undefined
}

/** How one process of a run ended, as the events tell it. */
export type StageFacts = NonNullable<Extract<RunEvent, { kind: 'step-ended' }>['stages']>[number]

/** What a line says is for people from this verbosity on: 0 always, 1 errors, 3 information, 4 details. */
export interface LogLine {
  readonly level: number
  readonly text: string
}

/** What the journal is told about a run besides its events. */
export interface RunOrigin {
  /** The configuration file, resolved. */
  readonly config: string
  readonly dialect: string
  /** `holdfast` and its version. */
  readonly tool: string
  readonly startedBy: 'terminal' | 'systemd' | 'background'
  readonly owner: ProcessIdentity
  /** An event in words: whole lines, save for what a program wrote. */
  readonly linesOf: (event: RunEvent) => readonly LogLine[]
  readonly exitOf: (result: RunResult) => { readonly code: number; readonly signal?: string }
  readonly causeOf: (error: AppError) => RunCause
}

/** What an error and its causes know of a failure. */
export interface RunCause {
  /** What to do. */
  readonly hint: string | undefined
  /** What the failing program said last. */
  readonly stderr: string | undefined
  /** How the failing program, and those that ran with it, ended. */
  readonly stages: readonly StageFacts[]
}
