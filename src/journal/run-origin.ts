import type { AppError } from '../lib/errors.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunResult } from '../run/run-result.ts'

/** Identifies a process permanently: PIDs are reused, also after a reboot. */
export interface ProcessIdentity {
  readonly host: string
  /** The kernel's id of this boot. */
  readonly boot: string
  /** The inode of its PID namespace; absent in records of earlier versions. */
  readonly pidNamespace?: string
  readonly pid: number
  /** In clock ticks since boot; undefined if unknown. */
  readonly start: number | undefined
}

/** How one process of a run ended, from the events. */
export type StageFacts = NonNullable<Extract<RunEvent, { kind: 'step-ended' }>['stages']>[number]

/** The minimum verbosity at which a line is shown: 0 always, 1 errors, 3 information, 4 details. */
export interface LogLine {
  readonly level: number
  readonly text: string
}

/** Data about a run that is not in its events. */
export interface RunOrigin {
  /** The configuration file, with links resolved. */
  readonly config: string
  readonly dialect: string
  /** `holdfast` and its version. */
  readonly tool: string
  readonly startedBy: 'terminal' | 'systemd' | 'background' | 'web'
  /** The user of the system, or the account of the pages. */
  readonly user: string
  readonly owner: ProcessIdentity
  /** The text of an event: complete lines, except for output of programs. */
  readonly linesOf: (event: RunEvent) => readonly LogLine[]
  readonly exitOf: (result: RunResult) => { readonly code: number; readonly signal?: string }
  readonly causeOf: (error: AppError) => RunCause
}

/** The data of an error and its causes about a failure. */
export interface RunCause {
  /** What to do. */
  readonly hint: string | undefined
  /** The last output of the failed program. */
  readonly stderr: string | undefined
  /** How the failed program, and those that ran with it, ended. */
  readonly stages: readonly StageFacts[]
}
