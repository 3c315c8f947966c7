import { z } from 'zod'
import { Bytes, Count, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { Claims, Days } from './hosts.ts'
import { RunRow, RunState } from './runs.ts'

/** From bad to good. `unknown`: scheduled, but without a finished run. `never-run`: neither. */
export const TaskState = z.enum(['failed', 'overdue', 'warning', 'unknown', 'never-run', 'ok'])

export const TaskStep = z.object({ kind: z.string(), text: z.string(), name: z.string().optional() }).meta({ id: 'TaskStep' })

export const Schedule = z
  .object({
    words: z.array(z.string()),
    /** Whether the crontab or a systemd timer starts it. Null if it has no timer and the crontab cannot be read. */
    isEnabled: z.boolean().nullable(),
    next: z.array(Timestamp),
    timeZone: z.string(),
    jitterMs: z.number(),
    catchUp: z.boolean(),
  })
  .meta({ id: 'Schedule' })

export const Task = z
  .object({
    host: HostId,
    name: z.string(),
    description: z.string().nullable(),
    isDefault: z.boolean(),
    steps: z.array(TaskStep),
    schedule: Schedule.nullable(),
    storages: z.array(z.string()),
    state: TaskState,
    /** The reason for a state other than `ok`. */
    reason: z.string().nullable(),
    /** When this began. For `overdue`: when the run was due. */
    since: Timestamp.nullable(),
    lastRun: RunRow.nullable(),
    running: RunRow.nullable(),
    claims: Claims,
    failuresSince: Count,
    days: Days,
  })
  .meta({ id: 'Task' })
export type Task = z.infer<typeof Task>

export const TaskQuery = z.object({ ...hostQuery })
export const TasksQuery = z.object({ ...hostQuery, ...pageQuery })
export const TaskList = listOf(Task).meta({ id: 'TaskList' })

/** One day of a task, in the time zone of the host. */
export const TaskDay = z
  .object({
    day: z.iso.date(),
    task: z.string(),
    worst: RunState,
    runs: Count,
    /** The total size of the sets published on this day. */
    bytes: Bytes.nullable(),
    /** The duration of the longest run. */
    durationMs: z.number().nullable(),
  })
  .meta({ id: 'TaskDay' })
export type TaskDay = z.infer<typeof TaskDay>
export const DaysQuery = z.object({ ...hostQuery, ...pageQuery, task: z.string().optional(), from: z.iso.date().optional() })
export const DayList = listOf(TaskDay).meta({ id: 'DayList' })
