import { z } from 'zod'
import { HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { RunState } from './runs.ts'
import { Schedule } from './tasks.ts'

const words = z.array(z.string().min(1).max(256)).min(1).max(32)

/** A task in time: what ran between two moments, and what is to run. */
export const ScheduleRow = z
  .object({
    host: HostId,
    task: z.string(),
    description: z.string().nullable(),
    /** Null: it has none. */
    schedule: Schedule.nullable(),
    /** Of the last good runs, the one in the middle; null where there was none. */
    usualMs: z.number().nullable(),
    ran: z.array(z.object({ run: z.string(), began: Timestamp, ended: Timestamp.nullable(), state: RunState })),
    planned: z.array(Timestamp),
  })
  .meta({ id: 'ScheduleRow' })
export type ScheduleRow = z.infer<typeof ScheduleRow>

/** At most 32 days. Default: from 24 hours ago until 24 hours from now. */
export const SchedulesQuery = z.object({ ...hostQuery, ...pageQuery, from: Timestamp.optional(), to: Timestamp.optional() })
export const ScheduleList = listOf(ScheduleRow).extend({ timeZone: z.string() }).meta({ id: 'ScheduleList' })

export const SchedulePreviewRequest = z.object({ words, count: z.int().min(1).max(50).default(5) })
/** The next runs that these words mean, in the host's zone. What is wrong with them is a problem of status 422. */
export const SchedulePreview = z.object({ next: z.array(Timestamp), timeZone: z.string() }).meta({ id: 'SchedulePreview' })

export const ScheduleChange = z.object({ words, description: z.string().max(1024).optional() })
export const ScheduleSwitch = z.object({ isEnabled: z.boolean() })
/** A new task that runs others, or parts of the configuration, one after another. */
export const TaskAddition = ScheduleChange.extend({
  task: z.string().min(1).max(256),
  /** Names of tasks or, with KristaBackup's format, of actions. */
  runs: z.array(z.string().min(1).max(256)).min(1).max(100),
})
