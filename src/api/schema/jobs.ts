import { z } from 'zod'
import { HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

/** A command that this server started for somebody: a run, a verification, a restore. It goes on when the server ends. */
export const Job = z
  .object({
    id: z.string(),
    host: HostId,
    kind: z.enum(['run', 'dry-run', 'verify', 'restore']),
    task: z.string(),
    /** As it could be typed. */
    command: z.string(),
    /** `ended`: nothing is known of how. */
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
/** With the last that it wrote, in lines. */
export const JobDetail = Job.extend({ output: z.string() }).meta({ id: 'JobDetail' })
