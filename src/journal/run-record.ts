import type { RunStatus } from '../run/result.ts'

/** How a run stands: how it ended, or `running`, or `killed`: its process is gone and nothing recorded its end. */
export type RunState = RunStatus | 'running' | 'killed'

export interface RunSummary {
  readonly id: string
  readonly task: string
  readonly state: RunState
  readonly began: Date
  /** Absent while it runs and when it was killed. */
  readonly ended?: Date
  readonly exitCode?: number
  readonly signal?: string
  readonly config: string
  readonly dialect: string
  readonly tool: string
  readonly host: string
  readonly pid: number
  readonly startedBy: string
  readonly notes: readonly string[]
  readonly error?: RecordedError
}

export interface RecordedError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** What the failing program said last. */
  readonly stderr?: string
}

/** All that is known of one run. */
export interface RunRecord extends RunSummary {
  readonly steps: readonly RecordedStep[]
  /** In the order in which they happened. */
  readonly sets: readonly RecordedSet[]
}

export interface RecordedStep {
  /** From 1, in the order in which the steps of the run began, those of tasks inside it too. */
  readonly number: number
  readonly task: string
  /** The step's place in its task, from 0. */
  readonly index: number
  readonly text: string
  readonly began: Date
  readonly durationMs?: number
  /** `partial`: not on every storage. Absent: it had begun, and nothing recorded its end. */
  readonly status?: 'ok' | 'partial' | 'failed' | 'stopped'
  /** The processes of the step's own command. */
  readonly stages: readonly RecordedStage[]
  readonly objects: readonly RecordedObject[]
}

export interface RecordedObject {
  readonly path: string
  readonly began: Date
  readonly durationMs?: number
  /** `stopped`: something else had failed. Absent: it had begun, and nothing recorded its end. */
  readonly status?: 'ok' | 'failed' | 'stopped'
  readonly bytes?: number
  readonly sha256?: string
  readonly stages: readonly RecordedStage[]
}

export interface RecordedStage {
  readonly program: string
  readonly execId?: string
  readonly exitCode?: number
  readonly signal?: string
  readonly durationMs: number
  /** The last it said; empty also where there was too much to keep. */
  readonly stderr: string
}

export interface RecordedSet {
  /** The number of the step. */
  readonly step: number
  readonly storage: string
  readonly set: string
  /** `failed`: this storage did not get the set, which others may have; `stopped`: something else had failed. */
  readonly fate: 'published' | 'failed' | 'stopped' | 'expired'
  readonly at: Date
  readonly bytes?: number
  /** Why it failed. */
  readonly reason?: string
}

/** One line, or what a program wrote, of a run's log. */
export interface RecordedLine {
  readonly at: Date
  /** The kind of the event that it tells of. */
  readonly kind: string
  readonly level: number
  readonly text: string
}

/** What came of looking at a set: reading it back (`verify`) or bringing it back (`restore`). */
export interface CheckRecord {
  readonly kind: 'verify' | 'restore'
  readonly task: string
  /** The backup step's name. */
  readonly step: string
  readonly storage: string
  readonly set: string
  readonly host: string
  readonly began: Date
  readonly ended: Date
  readonly good: boolean
  readonly objects?: number
  readonly bytes?: bigint
  /** Where it was restored to. */
  readonly target?: string
  /** Everything that was wrong, in words. */
  readonly problems: readonly string[]
}
