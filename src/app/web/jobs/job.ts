import { z } from 'zod'

const identity = z.object({ boot: z.string(), pidNamespace: z.string(), pid: z.int(), start: z.number().optional() })

/** What is kept of a command that the server started, beside its outputs. */
export const jobRecord = z.object({
  id: z.string().regex(/^[\w-]{8,64}$/u),
  kind: z.enum(['run', 'dry-run', 'verify', 'restore']),
  task: z.string(),
  /** As it could be typed. */
  command: z.string(),
  startedBy: z.string(),
  began: z.iso.datetime(),
  /** What the asker called the wish, hashed: the same one again is answered as the first. */
  key: z.string().nullable(),
  process: identity.nullable(),
})
export type JobRecord = z.infer<typeof jobRecord>

/** A command that the server started. */
export interface JobView extends Omit<JobRecord, 'key' | 'process'> {
  /** `ended`: nothing is known of how. */
  readonly state: 'running' | 'ok' | 'failed' | 'ended'
  readonly exitCode: number | null
  readonly ended: string | null
  /** The run that it became. */
  readonly run: string | null
}
