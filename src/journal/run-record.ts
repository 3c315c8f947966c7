import type { RunStatus } from '../run/run-result.ts'

/** The state of a run: its result, or `running`, or `killed`: its process no longer exists and no end was recorded. */
export type RunState = RunStatus | 'running' | 'killed'

export interface RunSummary {
  readonly id: string
  readonly task: string
  readonly state: RunState
  readonly began: Date
  /** Absent while it is running, and if it was killed. */
  readonly ended?: Date
  readonly exitCode?: number
  readonly signal?: string
  readonly config: string
  readonly dialect: string
  readonly tool: string
  readonly host: string
  readonly pid: number
  /** `terminal`, `systemd`, `background`, or `web`: an account of the pages. */
  readonly startedBy: string
  /** The user of the system, or the account of the pages. Absent in records of earlier versions. */
  readonly user?: string
  readonly notes: readonly string[]
  readonly error?: RecordedError
}

export interface RecordedError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** The last output of the failed program. */
  readonly stderr?: string
}

/** Everything recorded about one run. */
export interface RunRecord extends RunSummary {
  readonly steps: readonly RecordedStep[]
  /** In the order in which they happened. */
  readonly sets: readonly RecordedSet[]
}

export interface RecordedStep {
  /** From 1, in the order in which the steps of the run began, including those of tasks inside it. */
  readonly number: number
  readonly task: string
  /** The index of the step in its task, from 0. */
  readonly index: number
  readonly text: string
  readonly began: Date
  readonly durationMs?: number
  /** `partial`: not on all storages. Absent: no end was recorded. */
  readonly status?: 'ok' | 'partial' | 'failed' | 'stopped'
  /** The processes of the step's own command. */
  readonly stages: readonly RecordedStage[]
  readonly objects: readonly RecordedObject[]
  /** The number of objects that the step makes, when it has begun a set. */
  readonly wanted?: number
}

export interface RecordedObject {
  readonly path: string
  readonly began: Date
  readonly durationMs?: number
  /** `stopped`: because of another failure. Absent: no end was recorded. */
  readonly status?: 'ok' | 'failed' | 'stopped'
  readonly bytes?: number
  readonly sha256?: string
  /** Without an end: the bytes made so far, as last recorded. */
  readonly doneBytes?: number
  /** Without an end: what the stages of its pipeline do, as last recorded; the JSON text of a `PipelineActivity` of this or another version. */
  readonly pipeline?: string
  /** The parts of its source that it contains, and the omitted parts. */
  readonly covers?: string
  readonly stages: readonly RecordedStage[]
}

export interface RecordedStage {
  readonly program: string
  readonly execId?: string
  readonly exitCode?: number
  readonly signal?: string
  readonly durationMs: number
  /** Its last output; also empty if there was too much to keep. */
  readonly stderr: string
}

export interface RecordedSet {
  /** The number of the step. */
  readonly step: number
  readonly storage: string
  readonly set: string
  /** `failed`: this storage did not receive the set, which others may have; `stopped`: because of another failure. */
  readonly fate: 'published' | 'failed' | 'stopped' | 'expired'
  readonly at: Date
  readonly bytes?: number
  /** Why it failed. */
  readonly reason?: string
}

/** One line of a run's log, or output of a program. */
export interface RecordedLine {
  readonly at: Date
  /** The kind of its event. */
  readonly kind: string
  readonly level: number
  readonly text: string
}

/** A row of a run's log; rows are numbered from 1 on. */
export interface RecordedPart extends RecordedLine {
  readonly number: number
}

/** The result of verifying (`verify`), drilling (`drill`) or restoring (`restore`) a set. */
export interface CheckRecord {
  readonly kind: 'verify' | 'drill' | 'restore'
  readonly task: string
  /** The backup step's name. */
  readonly step: string
  readonly storage: string
  readonly set: string
  readonly host: string
  readonly began: Date
  readonly ended: Date
  readonly good: boolean
  /**
   * Of a drill: `proven` (only this is good), `failed`, `inconclusive`. Of a verification that was to read the contents: `read`, or `checksum-only` if the
   * key of an object was missing.
   */
  readonly outcome?: 'proven' | 'failed' | 'inconclusive' | 'read' | 'checksum-only'
  readonly objects?: number
  readonly bytes?: bigint
  /** The destination of the restore, or the level of the drill. */
  readonly target?: string
  /** All problems, in words. */
  readonly problems: readonly string[]
  /** As of a run, or `web`. Absent for the drills of a task, whose run has it, and in records of earlier versions. */
  readonly startedBy?: string
  /** The user of the system, or the account of the pages. */
  readonly user?: string
}
