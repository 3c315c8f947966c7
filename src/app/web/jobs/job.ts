import { z } from 'zod'

const identity = z.object({ boot: z.string(), pidNamespace: z.string(), pid: z.int(), start: z.number().optional() })

/** The record of a command that the server started, stored beside its output. */
export const jobRecord = z.object({
  id: z.string().regex(/^[\w-]{8,64}$/u),
  kind: z.enum(['run', 'dry-run', 'verify', 'restore', 'index', 'doctor']),
  task: z.string(),
  /** The set that is indexed. */
  set: z.string().optional(),
  /** The command as typed in a shell. */
  command: z.string(),
  startedBy: z.string(),
  began: z.iso.datetime(),
  /** The hash of the idempotency key of the request: a repeated request gets the same response. */
  key: z.string().nullable(),
  process: identity.nullable(),
})
export type JobRecord = z.infer<typeof jobRecord>

/** A command that the server started. */
export interface JobView extends Omit<JobRecord, 'key' | 'process'> {
  /** `partial`: by its exit code, as for a restore without some files. `ended`: the result is unknown. */
  readonly state: 'running' | 'ok' | 'partial' | 'failed' | 'ended'
  readonly exitCode: number | null
  readonly ended: string | null
  /** The run that it started. */
  readonly run: string | null
}
