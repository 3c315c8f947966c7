import { z } from 'zod'
import { Bytes, Count, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { PipelineActivity } from './runs.ts'

/** A command that this server started on behalf of a user: a run, a verification, a restore. It continues when the server stops. */
export const Job = z
  .object({
    id: z.string(),
    host: HostId,
    kind: z.enum(['run', 'dry-run', 'verify', 'restore', 'index', 'doctor']),
    task: z.string(),
    /** The command as typed in a shell. */
    command: z.string(),
    /** `ended`: the result is unknown. */
    state: z.enum(['running', 'ok', 'partial', 'failed', 'ended']),
    exitCode: z.int().nullable(),
    startedBy: z.string(),
    began: Timestamp,
    ended: Timestamp.nullable(),
    run: z.string().nullable(),
  })
  .meta({ id: 'Job' })
export type Job = z.infer<typeof Job>
export const JobsQuery = z.object({ ...hostQuery, ...pageQuery })
export const JobList = listOf(Job).meta({ id: 'JobList' })

/** How far a command is that reads a set, such as a restore. */
export const JobProgress = z
  .object({
    /** In progress. */
    objects: z.array(
      z.object({
        path: z.string(),
        /** Read so far. */
        bytes: Bytes,
        expectedBytes: Bytes,
        /** Bytes per second over the last seconds. */
        bytesPerSecond: z.number().nullable(),
        /** Null during its first second, and if it is only read. */
        pipeline: PipelineActivity.nullable(),
      }),
    ),
    finished: Count,
    wanted: Count,
    /** Of all objects together. */
    doneBytes: Bytes,
    totalBytes: Bytes,
    bytesPerSecond: z.number().nullable(),
  })
  .meta({ id: 'JobProgress' })
export type JobProgress = z.infer<typeof JobProgress>

/** Includes the last lines of output, and the progress while the command is running; null if it is unknown. */
export const JobDetail = Job.extend({ output: z.string(), progress: JobProgress.nullable() }).meta({ id: 'JobDetail' })
export type JobDetail = z.infer<typeof JobDetail>

export const DoctorQuery = z.object({ ...hostQuery })

/** One fact about the installation. */
export const Finding = z
  .object({
    area: z.enum(['program', 'configuration', 'programs', 'secrets', 'keys', 'state', 'clock', 'mounts', 'storages', 'schedules']),
    /** `error`: backups fail or are not started. `warning`: they may fail, or something is missing that a restore needs. */
    state: z.enum(['ok', 'warning', 'error']),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'Finding' })
export type Finding = z.infer<typeof Finding>

/** The last examination of the installation by `doctor` that was started on the pages. */
export const Examination = z
  .object({
    /** Null: there was none. `broken`: it was ended before it was complete. */
    state: z.enum(['running', 'done', 'broken']).nullable(),
    job: z.string().nullable(),
    startedBy: z.string().nullable(),
    began: Timestamp.nullable(),
    ended: Timestamp.nullable(),
    findings: z.array(Finding),
    /** What the command printed instead of a result. */
    failure: z.string().nullable(),
  })
  .meta({ id: 'Examination' })
export type Examination = z.infer<typeof Examination>
