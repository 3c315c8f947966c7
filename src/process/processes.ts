import type { Readable } from 'node:stream'
import type { Redactor } from '../lib/redactor/redactor.ts'
import type { Command, SignalName, Visibility } from '../plan/command.ts'
import type { PipelineFacts, StageFacts } from './process-result.ts'
import type { PipelineActivity } from './stage-activity.ts'

/** Time limits of processes. 0: no limit. */
export interface Limits {
  /** A pipeline is ended if no data reached the sink and no stage used CPU time for this long. */
  readonly stallMs: number
  /** Time limit of a pipeline or of a step's command. */
  readonly runMs: number
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** How long background processes of a stage may keep a pipeline waiting without data or CPU time before they are ended, with a note. */
  readonly lingerMs: number
}

/** The defaults: a pipeline is ended after 6 hours without progress. */
export const DEFAULT_LIMITS: Limits = { stallMs: 6 * 3600_000, runMs: 0, graceMs: 10_000, lingerMs: 10_000 }

export interface FileSink {
  readonly kind: 'file'
  readonly fd: number
  readonly lockFd?: number
  readonly blockBytes?: number
  readonly mayBeDirect?: boolean
  readonly write?: (data: Uint8Array) => Promise<void>
  readonly heldMs?: number
}

/** The destination of a pipeline's data. */
export type Sink =
  /**
   * A writer process copies the last pipe to `fd`; it inherits `lockFd`. `mayBeDirect`: if the last stage is a filter (`Command.isFilter`), it writes to
   * `fd` itself, which saves a process and a copy. A failed write is then recognized by the message of the filter. `write`: writes data at the position of
   * `fd`; if present, output of at most 64 KiB is written with it, and the writer process is only started when there is more, or `heldMs` (500) after its beginning. A write may still be in
   * progress when `done` has rejected.
   */
  | FileSink
  /** Read to the end and discarded. */
  | { readonly kind: 'discard' }
  /** Passed through this process, as `RunningPipeline.output`; up to 1 MiB, or `aheadBytes`, is read before it is consumed. */
  | { readonly kind: 'stream'; readonly aheadBytes?: number }

export interface PipelineCall {
  readonly signal: AbortSignal
  /**
   * The stdin of the first stage, read to its end even if that stage stops reading; its errors fail the pipeline (`process/input`), and no stage sees
   * an end of the data then. Absent: /dev/null. Always read to the end or destroyed.
   */
  readonly input?: Readable
  readonly limits: Limits
  /** Called with all processes right after their start; the records are written to the work folder, for `endOrphans`. */
  readonly onProcesses?: (records: readonly object[]) => void
  /** Whether a stage, by its position, has succeeded although its exit code is not accepted. Called after `onStderr` has received all of its stderr. */
  readonly succeeded?: (stage: number, exitCode: number) => boolean
  /** Called after every stage has succeeded, before the end of the data is passed on. If it throws, the pipeline fails with that cause. */
  readonly check?: (stages: readonly StageFacts[]) => void
  /** Receives the activity of the stages, every second, from the first one on. Absent: they are not examined. */
  readonly onActivity?: (activity: PipelineActivity) => void
  /** Receives what stages write to their taps of the kind `tail`; complete when `done` resolves. */
  readonly onTail?: (chunk: Buffer) => void
  /** Receives the stderr of stages as it is written, without secrets, with its visibility; never called for `never`. */
  readonly onStderr?: (stage: string, text: string, show: Visibility) => void
  /** The stderr of stages is data that is not shown, in which no secrets are hidden: names may be equal to one. */
  readonly isStderrData?: boolean
}

export interface RunningPipeline {
  /** Present for the sink `stream`. It ends only after every stage has succeeded; otherwise it is destroyed with the cause. */
  readonly output?: Readable
  /** Resolves when every process has ended and the whole tree is gone; rejects with the first cause (`ProcessError`). */
  readonly done: Promise<PipelineFacts>
}

/** The type of a pipeline by its sink: with an output if the sink is `stream`. */
export type PipelineFor<S extends Sink> = S extends { readonly kind: 'stream' } ? RunningPipeline & { readonly output: Readable } : RunningPipeline

export interface StepCall {
  readonly signal: AbortSignal
  readonly limits: Limits
  /** The stdin of the command, in an unnamed file. Absent: the caller's stdin. */
  readonly stdinText?: string
  /** The destination of the command's stdout. */
  readonly stdout: 'stdout' | 'stderr' | 'nowhere'
  /** Receives the command's stdout as it is written, without secrets; then it is not sent anywhere else, regardless of `stdout`. */
  readonly onStdout?: (text: string) => void
  /** The same, with secrets. */
  readonly onRawStdout?: (text: string) => void
  /** Receives the command's stderr as it is written, without secrets; absent: it is only kept in case of a failure. */
  readonly onStderr?: (text: string) => void
}

/** Starts programs for one run. Owns the run's pipes, its cgroup, if there is one, and the signals blocked in child processes. */
export interface Processes {
  /** Hides the secrets of the programs that were started; for their stdout, where it is shown. */
  readonly redactor: Redactor
  /**
   * Ends the remaining processes of dead runs, and starts the record of this run; otherwise this happens with the first process. Resolves with a note
   * if nothing can be recorded.
   */
  begin(): Promise<readonly string[]>
  /** Starts `a | b | c | sink`. Without commands, the sink receives no data. Rejects, with no process left running, if a program cannot be started. */
  startPipeline<S extends Sink>(commands: readonly Command[], sink: S, call: PipelineCall): Promise<PipelineFor<S>>
  /** Runs one command to its end. After a success, its daemons keep running; otherwise its whole process tree is ended. */
  runCommand(command: Command, call: StepCall): Promise<StageFacts & { readonly notes: readonly string[] }>
  /** These signals are blocked in child processes started from now on. */
  setBlockedSignals(signals: readonly SignalName[]): void
  close(): Promise<void>
}
