import type { Readable } from 'node:stream'
import type { Command, SignalName, Visibility } from '../plan/command.ts'
import type { PipelineFacts, StageFacts } from './result.ts'

/** How long processes may take. 0 = no limit. */
export interface Limits {
  /** A pipeline ends when for so long no byte reached the sink and no stage used CPU time. */
  readonly stallMs: number
  /** How long a pipeline or a step's command may run at all. */
  readonly runMs: number
  /** How long processes may take to die of SIGTERM before they get SIGKILL. */
  readonly graceMs: number
  /** How long what a stage left in the background may hold up its pipeline without a byte or CPU time, before it is ended and noted. */
  readonly lingerMs: number
}

/** What a run uses unless told otherwise: 6 hours without progress end a pipeline. */
export const DEFAULT_LIMITS: Limits = { stallMs: 6 * 3600_000, runMs: 0, graceMs: 10_000, lingerMs: 10_000 }

/** Where a pipeline's bytes go. */
export type Sink =
  /** A writer of ours copies the last pipe into `fd`; it inherits `lockFd`. */
  | { readonly kind: 'file'; readonly fd: number; readonly lockFd?: number; readonly blockBytes?: number }
  /** Read to the end and thrown away. */
  | { readonly kind: 'discard' }
  /** Through us, as `RunningPipeline.output`; 1 MiB, or `aheadBytes`, is read before anybody takes them. */
  | { readonly kind: 'stream'; readonly aheadBytes?: number }

export interface PipelineCall {
  readonly signal: AbortSignal
  /**
   * The first stage's stdin, read to its end also where that stage stops reading; an error of it fails the pipeline (`process/input`), and no stage sees
   * that as an end. Absent: /dev/null. Always read or destroyed by us.
   */
  readonly input?: Readable
  readonly limits: Limits
  /** Told of each process right after its start; the records go to the work folder, for `endOrphans`. */
  readonly onProcesses?: (records: readonly object[]) => void
  /** Asked when every stage has ended well, before the end of the bytes is let through. What it throws is why the pipeline failed after all. */
  readonly check?: (stages: readonly StageFacts[]) => void
  /** Told what stages write to their stderr, as it comes, with when it is to be shown; never called for `never`. */
  readonly onStderr?: (stage: string, text: string, show: Visibility) => void
}

export interface RunningPipeline {
  /** Present for the sink `stream`. It ends only after every stage ended well; otherwise it is destroyed with the cause. */
  readonly output?: Readable
  /** Resolves when every process has ended and the whole tree is gone; rejects with the first cause (`ProcessError`). */
  readonly done: Promise<PipelineFacts>
}

export interface StepCall {
  readonly signal: AbortSignal
  readonly limits: Limits
  /** What the command reads on its stdin, from a file without a name. Absent: its stdin is ours. */
  readonly stdinText?: string
  /** Where the command's stdout goes. */
  readonly stdout: 'stdout' | 'stderr' | 'nowhere'
  /** Told what the command writes to its stdout, as it comes; then it goes nowhere else, whatever `stdout` says. */
  readonly onStdout?: (text: string) => void
  /** Told what the command writes to its stderr, as it comes; absent = it is only kept for the case of a failure. */
  readonly onStderr?: (text: string) => void
}

/** Starts programs for one run. Holds the run's pipes, its cgroup where there is one, and the signals that children are to find blocked. */
export interface Processes {
  /**
   * Ends what dead runs have left, and begins the record of what this one starts; otherwise that comes with the first process. Resolves with what is worth
   * noting: that nothing can be recorded.
   */
  begin(): Promise<readonly string[]>
  /** Starts `a | b | c | sink`. Zero commands: the sink gets no byte. Rejects, with nothing left running, when a program cannot be started. */
  startPipeline(commands: readonly Command[], sink: Sink, call: PipelineCall): Promise<RunningPipeline>
  /** Runs one command to its end. After a success its daemons are spared; after anything else its whole tree is ended. */
  runCommand(command: Command, call: StepCall): Promise<StageFacts & { readonly notes: readonly string[] }>
  /** Children started from now on find these signals blocked. */
  setBlockedSignals(signals: readonly SignalName[]): void
  close(): Promise<void>
}
