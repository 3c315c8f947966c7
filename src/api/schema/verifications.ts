import { z } from 'zod'
import { Bytes, Count, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

/** The result of reading a set back (`verify`), of restoring it to a temporary place (`drill`), or of restoring it (`restore`). */
export const Verification = z
  .object({
    host: HostId,
    kind: z.enum(['verify', 'drill', 'restore']),
    task: z.string(),
    step: z.string(),
    storage: z.string(),
    set: z.string(),
    began: Timestamp,
    ended: Timestamp,
    /** As of a run, or `web`; null: a drill of a task, or unknown. */
    startedBy: z.string().nullable(),
    /** The user of the system, or the account of the pages. */
    user: z.string().nullable(),
    isGood: z.boolean(),
    /** Of a drill, or of a verification that was to read the contents. */
    outcome: z.enum(['proven', 'failed', 'inconclusive', 'read', 'checksum-only']).nullable(),
    objects: Count.nullable(),
    bytes: Bytes.nullable(),
    target: z.string().nullable(),
    problems: z.array(z.string()),
  })
  .meta({ id: 'Verification' })
export type Verification = z.infer<typeof Verification>
export const VerificationsQuery = z.object({
  ...hostQuery,
  ...pageQuery,
  task: z.string().optional(),
  set: z.string().optional(),
  storage: z.string().optional(),
  kind: z.enum(['verify', 'drill', 'restore']).optional(),
})
export const VerificationList = listOf(Verification).meta({ id: 'VerificationList' })

/** Starts a job that reads sets back. */
export const VerificationRequest = z.object({
  task: z.string().max(512),
  /** The name of a set, `latest` or `all`. */
  set: z.string().max(128).default('latest'),
  storage: z.string().max(512).optional(),
})

const End = z.enum(['proven', 'failed', 'inconclusive'])

/** The questions and answers of a drill about one object. */
export const DrillObject = z
  .object({
    path: z.string(),
    /** `read`: it was read, and everything that was compared is as recorded, but it was not restored. */
    end: z.enum([...End.options, 'read']),
    /** Where it was restored; null: it was only read. */
    into: z.string().nullable(),
    /** Why it is not proven, each as the rest of a sentence that begins with its name. */
    reasons: z.array(z.string()),
    /** What was compared. */
    asked: z.array(z.string()),
    /** What was not checked. */
    notAsked: z.array(z.string()),
    bytes: Bytes.nullable(),
    durationMs: z.number().nullable(),
    /** Until the data was restored. */
    restoredMs: z.number().nullable(),
  })
  .meta({ id: 'DrillObject' })

/** A drill of a set, according to its signed record. */
export const Drill = z
  .object({
    /** The task that ran the drill, and the backup step that made the set. */
    task: z.string(),
    step: z.string(),
    /** The task that makes the sets of the step; null: it is not in the configuration. */
    owner: z.string().nullable(),
    storage: z.string(),
    set: z.string(),
    /** Null: started as a command. */
    run: z.string().nullable(),
    began: Timestamp,
    ended: Timestamp,
    end: End,
    level: z.string().nullable(),
    problems: z.array(z.string()),
    objects: z.array(DrillObject),
  })
  .meta({ id: 'Drill' })
export type Drill = z.infer<typeof Drill>
