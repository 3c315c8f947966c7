import { z } from 'zod'
import { HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { RunState } from './runs.ts'
import { Schedule } from './tasks.ts'

const words = z.array(z.string().min(1).max(256)).min(1).max(32)

/** The times of a task: its runs between two times, and its planned runs. */
export const ScheduleRow = z
  .object({
    host: HostId,
    task: z.string(),
    description: z.string().nullable(),
    /** Null if the task has no schedule. */
    schedule: Schedule.nullable(),
    /** The median of the last good runs; null if there are none. */
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
/** The next runs of a schedule expression, in the time zone of the host. An invalid expression is a problem with status 422. */
export const SchedulePreview = z.object({ next: z.array(Timestamp), timeZone: z.string() }).meta({ id: 'SchedulePreview' })

export const ScheduleChange = z.object({ words, description: z.string().max(1024).optional() })
export const ScheduleSwitch = z.object({ isEnabled: z.boolean() })
/** A new task that runs other tasks, or objects of the configuration, in sequence. */
export const TaskAddition = ScheduleChange.extend({
  task: z.string().min(1).max(256),
  /** Names of tasks or, in KristaBackup's format, of actions. */
  runs: z.array(z.string().min(1).max(256)).min(1).max(100),
})
