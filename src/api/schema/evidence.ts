import { z } from 'zod'
import { Bytes, Count, hostQuery, Timestamp } from './common.ts'

/** How many records had each end. */
const Counts = z.record(z.string(), Count)

export const EvidenceQuery = z.object({
  ...hostQuery,
  /** The first and the last day, in UTC. Default: the last 90 days. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
})
export const EvidenceExportQuery = EvidenceQuery.omit({ host: true })

/** The recorded state of the sets of one backup step on one storage. */
export const EvidenceStep = z
  .object({
    task: z.string(),
    step: z.string(),
    storage: z.string(),
    published: Count,
    verified: Counts,
    drilled: Counts,
    /** The newest set that a drill has proven. */
    lastProven: z.object({ set: z.string(), at: Timestamp }).nullable(),
    /** The longest time without a new complete set. */
    rpoMs: z.number().nullable(),
    /** The longest time that a complete restore took in a proven drill, and the size of that. */
    rtoMs: z.number().nullable(),
    rtoBytes: Bytes.nullable(),
  })
  .meta({ id: 'EvidenceStep' })
export type EvidenceStep = z.infer<typeof EvidenceStep>

export const EvidenceException = z
  .object({
    at: Timestamp,
    kind: z.enum(['published', 'verify', 'drill']),
    end: z.string(),
    task: z.string(),
    step: z.string(),
    /** The task that makes the sets of the step; null: it is not in the configuration. */
    owner: z.string().nullable(),
    set: z.string(),
    storage: z.string(),
    reasons: z.array(z.string()),
  })
  .meta({ id: 'EvidenceException' })
export type EvidenceException = z.infer<typeof EvidenceException>

/** The facts in the signed records of the journal for a period. Lists contain at most 1000 entries, the newest ones. */
export const Evidence = z
  .object({
    asOf: Timestamp,
    /** The first and the last day. */
    from: z.iso.date(),
    to: z.iso.date(),
    records: Count,
    /** Of the key with which they are signed; null: there is none. */
    fingerprint: z.string().nullable(),
    /** Faults of the records themselves. */
    faults: z.array(z.string()),
    steps: z.array(EvidenceStep),
    /** Scheduled drills without a record. */
    missed: z.array(z.object({ at: Timestamp, task: z.string(), step: z.string() })),
    missedTotal: Count,
    /** Backup steps whose sets no task drills on a schedule. */
    undrilled: z.array(z.string()),
    exceptions: z.array(EvidenceException),
    exceptionsTotal: Count,
  })
  .meta({ id: 'Evidence' })
export type Evidence = z.infer<typeof Evidence>
