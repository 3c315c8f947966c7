import { z } from 'zod'
import { Bytes, Count, Failure, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { Drill } from './verifications.ts'

/** `locked`: another run of the task was in progress. `killed`: the process has ended without recording a result. */
export const RunState = z.enum(['running', 'ok', 'warnings', 'partial', 'failed', 'locked', 'interrupted', 'killed'])
export type RunState = z.infer<typeof RunState>

export const RunRow = z
  .object({
    id: z.string(),
    host: HostId,
    task: z.string(),
    state: RunState,
    began: Timestamp,
    /** Whether it is dated in the future, by the clock of its host. */
    isAhead: z.boolean(),
    ended: Timestamp.nullable(),
    /** For a run in progress, up to now; null for a killed run. */
    durationMs: z.number().nullable(),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    /** `terminal`, `systemd`, `background` (cron, ssh, a script), or `web`: an account of the pages. */
    startedBy: z.string(),
    /** The user of the system, or the account of the pages; null in records of earlier versions. */
    user: z.string().nullable(),
    notes: z.array(z.string()),
    error: Failure.nullable(),
  })
  .meta({ id: 'RunRow' })
export type RunRow = z.infer<typeof RunRow>

export const RunStage = z
  .object({
    program: z.string(),
    exec: z.string().nullable(),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    durationMs: z.number(),
    stderr: z.string(),
  })
  .meta({ id: 'RunStage' })

export const RunObject = z
  .object({
    path: z.string(),
    began: Timestamp,
    durationMs: z.number().nullable(),
    /** Null: the step began, and no end was recorded. */
    status: z.enum(['ok', 'failed', 'stopped']).nullable(),
    bytes: Bytes.nullable(),
    sha256: z.string().nullable(),
    stages: z.array(RunStage),
  })
  .meta({ id: 'RunObject' })

export const RunStep = z
  .object({
    number: Count,
    task: z.string(),
    index: Count,
    text: z.string(),
    began: Timestamp,
    durationMs: z.number().nullable(),
    status: z.enum(['ok', 'partial', 'failed', 'stopped']).nullable(),
    stages: z.array(RunStage),
    objects: z.array(RunObject),
  })
  .meta({ id: 'RunStep' })

export const RunSet = z
  .object({
    step: Count,
    storage: z.string(),
    set: z.string(),
    fate: z.enum(['published', 'failed', 'stopped', 'expired']),
    at: Timestamp,
    bytes: Bytes.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'RunSet' })

/** What a stage of a pipeline in progress does, as the kernel counts it; null if this is unknown. */
export const StageActivity = z
  .object({
    program: z.string(),
    exec: z.string().nullable(),
    /** What it has read from the stage before it; null for the first stage. */
    readBytes: Bytes.nullable(),
    /** What it has written to the stage or the file after it. */
    writtenBytes: Bytes.nullable(),
    /** Over the last seconds: of what it reads, or writes if it is the first. */
    bytesPerSecond: z.number().nullable(),
    /** CPU time over the last seconds: 1 is one core. */
    cores: z.number().nullable(),
    /** The share of the last seconds in which it waited for data. */
    starved: z.number().nullable(),
    /** The share of the last seconds in which it waited for its data to be taken. */
    blocked: z.number().nullable(),
    /** Null while it is running. */
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
  })
  .meta({ id: 'StageActivity' })

/** `slowest`: the index of the stage for which the others wait; the number of stages: they wait for the storage; null if this is not clear. */
export const PipelineActivity = z.object({ stages: z.array(StageActivity), slowest: Count.nullable() }).meta({ id: 'PipelineActivity' })
export type PipelineActivity = z.infer<typeof PipelineActivity>

/**
 * The progress of a run: from its events, if a server of this host started it, otherwise from the journal, every two seconds and without the steps that
 * have not begun. Times are those of the server.
 */
export const RunProgress = z
  .object({
    steps: z.array(
      z.object({
        text: z.string(),
        state: z.enum(['waiting', 'running', 'done', 'failed']),
        began: Timestamp.nullable(),
        ended: Timestamp.nullable(),
      }),
    ),
    inner: z.string().nullable(),
    objects: z.array(
      z.object({
        path: z.string(),
        bytes: Bytes,
        expectedBytes: Bytes.nullable(),
        /** Bytes per second over the last seconds. */
        bytesPerSecond: z.number().nullable(),
        began: Timestamp,
        storage: z.string().nullable(),
        /** Null during its first second. */
        pipeline: PipelineActivity.nullable(),
      }),
    ),
    made: Count,
    wanted: Count,
    madeInAll: Count,
    published: z.array(z.object({ set: z.string(), storage: z.string(), bytes: Bytes })),
    expired: Count,
  })
  .meta({ id: 'RunProgress' })
export type RunProgress = z.infer<typeof RunProgress>

export const Run = RunRow.extend({
  config: z.string(),
  dialect: z.string(),
  tool: z.string(),
  pid: z.int(),
  hostname: z.string(),
  steps: z.array(RunStep),
  sets: z.array(RunSet),
  drills: z.array(Drill),
  /** Null unless the run is in progress; the steps have the details. */
  progress: RunProgress.nullable(),
  /** Whether this server can stop the run, because it is a run of this host. */
  canStop: z.boolean(),
}).meta({ id: 'Run' })
export type Run = z.infer<typeof Run>

export const RunQuery = z.object({ ...hostQuery })
export const RunsQuery = z.object({
  ...hostQuery,
  ...pageQuery,
  task: z.string().optional(),
  /** `failed`: all runs that did not succeed. */
  state: z.enum(['failed', 'running']).optional(),
  from: Timestamp.optional(),
  to: Timestamp.optional(),
})
export const RunList = listOf(RunRow).meta({ id: 'RunList' })

/** Send an `Idempotency-Key`: a repeated request with the same key gets the response of the first one and starts nothing. */
export const RunRequest = z.object({
  task: z.string().min(1).max(512),
  dryRun: z.boolean().default(false),
})

/** A requested run. The response is sent when the run has begun (202), or could not begin (409). */
export const StartedRun = z
  .object({
    /** Null for a dry run, which is only a job. */
    run: z.string().nullable(),
    job: z.string(),
    /** Another user started the task first: this is that run. */
    isOther: z.boolean(),
    startedBy: z.string(),
    at: Timestamp,
  })
  .meta({ id: 'StartedRun' })
export type StartedRun = z.infer<typeof StartedRun>

/** An event of a run, as recorded. */
export const RunEventRow = z
  .object({
    /** Its index in the run, from 0. */
    number: Count,
    at: Timestamp,
    kind: z.string(),
    /** 0 critical, 1 error, 2 warning, 3 information, 4 and above details. */
    level: z.int(),
    text: z.string(),
  })
  .meta({ id: 'RunEventRow' })
export const RunEventsQuery = z.object({ ...hostQuery, ...pageQuery, after: z.coerce.number().int().min(-1).default(-1) })
export const RunEventList = listOf(RunEventRow).meta({ id: 'RunEventList' })
