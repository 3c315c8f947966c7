import { z } from 'zod'
import { HostId, Timestamp } from './common.ts'
import { Host } from './hosts.ts'
import { RunProgress, RunRow } from './runs.ts'

/**
 * What `GET /api/v1/events` sends, one object a message (`data:`), at most two messages a second: what happened in between is joined. The `id:` of a message
 * continues the stream where it ended (`Last-Event-ID`). A comment with the server's time comes each 15 s.
 */
export const StreamEvent = z
  .discriminatedUnion('kind', [
    /** The first message. */
    z.object({ kind: z.literal('hello'), now: Timestamp, build: z.string() }),
    /** Something may have been missed: load again what is shown. */
    z.object({ kind: z.literal('resync'), reason: z.string() }),
    /** These hosts are now like this. */
    z.object({ kind: z.literal('hosts'), hosts: z.array(Host) }),
    /** These runs began, changed or ended. */
    z.object({ kind: z.literal('runs'), runs: z.array(RunRow) }),
    /** How far runs are that the stream watches (`?run=`). */
    z.object({ kind: z.literal('progress'), run: z.string(), host: HostId, progress: RunProgress }),
    /** The log of a watched run has so many lines now. */
    z.object({ kind: z.literal('log'), run: z.string(), lines: z.int() }),
    /** A job began, wrote something or ended. */
    z.object({ kind: z.literal('job'), job: z.string(), state: z.enum(['running', 'ok', 'failed']) }),
    /** Something else changed: load it again where it is shown. */
    z.object({ kind: z.literal('changed'), what: z.enum(['config', 'schedules', 'users', 'tokens', 'storages', 'sets']) }),
    /** The session is over, or may do less now. */
    z.object({ kind: z.literal('session-ended'), reason: z.string() }),
  ])
  .meta({ id: 'StreamEvent' })
export type StreamEvent = z.infer<typeof StreamEvent>

export const StreamQuery = z.object({
  /** Runs to be watched in detail, by commas; at most 20. */
  run: z.string().max(1024).optional(),
  /** Where to go on, for those that cannot send `Last-Event-ID`. */
  after: z.string().max(64).optional(),
})
