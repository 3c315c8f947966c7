import { z } from 'zod'
import { Failure, Timestamp } from './common.ts'

const oneSet = { task: z.string().max(512), set: z.string().max(128) }

/** A hold of a set on one storage: no rotation removes it there. */
export const Hold = z
  .object({
    storage: z.string(),
    reason: z.string(),
    /** Null: until it is released. */
    until: Timestamp.nullable(),
  })
  .meta({ id: 'Hold' })
export type Hold = z.infer<typeof Hold>

/** Of a suspicious set: rotation counts it from then on. */
export const Acceptance = z.object(oneSet)

export const HoldRequest = z.object({
  ...oneSet,
  reason: z.string().trim().min(1).max(1000),
  /** The last day, in UTC. Absent: until it is released. */
  until: z.iso.date().optional(),
})

export const HoldQuery = z.object(oneSet)

/** `failures`: storages on which the set was not changed. */
export const SetChange = z.object({ storages: z.array(z.string()), failures: z.array(Failure) }).meta({ id: 'SetChange' })
