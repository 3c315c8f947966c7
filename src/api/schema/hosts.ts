import { z } from 'zod'
import { Bytes, Count, Failure, HostId, listOf, pageQuery, Timestamp } from './common.ts'

/** From bad to good. `overdue`: promised and not there. `silent`: no answer, and what is known is old. `unknown`: nothing is known yet. */
export const HostState = z.enum(['failed', 'overdue', 'silent', 'warning', 'unknown', 'ok'])
export type HostState = z.infer<typeof HostState>

/** Something that was shown of a set, with the set and when; null where never. */
const Shown = z.object({ at: Timestamp, set: z.string(), task: z.string() }).nullable()

/** What is known of the sets: three different claims. */
export const Claims = z
  .object({
    /** Complete on a storage. */
    published: Shown,
    /** Read back, and all digests as they should be. */
    verified: Shown,
    /** Restored, in a drill or because it was needed. */
    restored: Shown,
  })
  .meta({ id: 'Claims' })
export type Claims = z.infer<typeof Claims>

/** The worst state of each day as one letter, oldest first: `g` good, `w` warning, `f` failed or killed, `-` no run, `?` not known. */
export const Days = z.object({ from: z.iso.date(), states: z.string().regex(/^[gwf?-]*$/u) }).meta({ id: 'Days' })

/** Why a host is not well. */
export const Cause = z
  .object({
    text: z.string(),
    code: z.string().optional(),
    hint: z.string().optional(),
    task: z.string().optional(),
    run: z.string().optional(),
    storage: z.string().optional(),
    since: Timestamp.optional(),
  })
  .meta({ id: 'Cause' })

export const Host = z
  .object({
    id: HostId,
    name: z.string(),
    /** `krista`: an instance of KristaBackup. */
    kind: z.enum(['local', 'holdfast', 'krista', 'unknown']),
    /** Null for the host of this server. */
    url: z.string().nullable(),
    state: HostState,
    cause: Cause.nullable(),
    claims: Claims,
    /** Runs that failed since the last good one. */
    failuresSince: Count,
    running: Count,
    tasks: Count,
    next: Timestamp.nullable(),
    days: Days,
    /** Of the newest set of each task; null where not known. */
    bytes: Bytes.nullable(),
    timeZone: z.string().nullable(),
    /** By how much its clock is ahead of the server's. */
    skewMs: z.number().nullable(),
    /** When this was true; null: it has never answered. */
    asOf: Timestamp.nullable(),
    /** Whether it answered the last time. */
    isReachable: z.boolean(),
    error: Failure.nullable(),
  })
  .meta({ id: 'Host' })
export type Host = z.infer<typeof Host>

export const HostsQuery = z.object({
  ...pageQuery,
  /** In names and causes. */
  q: z.string().max(256).optional(),
  state: z.enum(['problems', ...HostState.options]).optional(),
  sort: z.enum(['state', 'name', 'lastGood', 'next']).default('state'),
})

export const HostCounts = z.object({ all: Count, problems: Count, byState: z.record(HostState, Count) }).meta({ id: 'HostCounts' })
/** `counts` is of all hosts, whatever the filter. */
export const HostList = listOf(Host).extend({ counts: HostCounts }).meta({ id: 'HostList' })
export type HostList = z.infer<typeof HostList>

/** An address of an instance, as `servers.yaml` has it; a token makes more of it known than KristaBackup's API tells. */
export const HostAddition = z.object({ url: z.url({ protocol: /^https?$/u }).max(2048), token: z.string().max(512).optional() })
