import { z } from 'zod'
import { HostId, Timestamp } from './common.ts'
import { Host } from './hosts.ts'
import { RunProgress, RunRow } from './runs.ts'

/**
 * The events of `GET /api/v1/events`, one object per message (`data:`), at most two messages per second: events in between are merged. The `id:` of a
 * message allows a client to resume the stream (`Last-Event-ID`). A comment with the server's time is sent every 15 s.
 */
export const StreamEvent = z
  .discriminatedUnion('kind', [
    /** The first message. */
    z.object({ kind: z.literal('hello'), now: Timestamp, build: z.string() }),
    /** Events may have been lost: reload the displayed data. */
    z.object({ kind: z.literal('resync'), reason: z.string() }),
    /** The new states of these hosts. */
    z.object({ kind: z.literal('hosts'), hosts: z.array(Host) }),
    /** These runs began, changed or ended. */
    z.object({ kind: z.literal('runs'), runs: z.array(RunRow) }),
    /** The progress of the runs that the client watches (`?run=`). */
    z.object({ kind: z.literal('progress'), run: z.string(), host: HostId, progress: RunProgress }),
    /** The number of lines of the log of a watched run. */
    z.object({ kind: z.literal('log'), run: z.string(), lines: z.int() }),
    /** A job began, wrote output or ended. */
    z.object({ kind: z.literal('job'), job: z.string(), state: z.enum(['running', 'ok', 'partial', 'failed']) }),
    /** Other data changed: reload it where it is displayed. */
    z.object({ kind: z.literal('changed'), what: z.enum(['config', 'schedules', 'users', 'tokens', 'storages', 'sets']) }),
    /** The session has ended or has lost permissions. */
    z.object({ kind: z.literal('session-ended'), reason: z.string() }),
  ])
  .meta({ id: 'StreamEvent' })
export type StreamEvent = z.infer<typeof StreamEvent>

export const StreamQuery = z.object({
  /** The runs to watch in detail, separated by commas; at most 20. */
  run: z.string().max(1024).optional(),
  /** The event after which to resume, for clients that cannot send `Last-Event-ID`. */
  after: z.string().max(64).optional(),
})
