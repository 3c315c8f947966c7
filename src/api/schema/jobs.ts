import { z } from 'zod'
import { HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

/** A command that this server started on behalf of a user: a run, a verification, a restore. It continues when the server stops. */
export const Job = z
  .object({
    id: z.string(),
    host: HostId,
    kind: z.enum(['run', 'dry-run', 'verify', 'restore', 'index']),
    task: z.string(),
    /** The command as typed in a shell. */
    command: z.string(),
    /** `ended`: the result is unknown. */
    state: z.enum(['running', 'ok', 'failed', 'ended']),
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
/** Includes the last lines of output. */
export const JobDetail = Job.extend({ output: z.string() }).meta({ id: 'JobDetail' })
