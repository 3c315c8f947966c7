import { z } from 'zod'
import { Bytes, Count, Failure, HostId, listOf, pageQuery, Timestamp } from './common.ts'

/**
 * From bad to good. `overdue`: a promised result is missing. `silent`: the host does not respond, and its facts are outdated. `unknown`: no facts
 * yet.
 */
export const HostState = z.enum(['failed', 'overdue', 'silent', 'warning', 'unknown', 'ok'])
export type HostState = z.infer<typeof HostState>

/** The most recent set for which a claim was proven, with the time; null if never. */
const Shown = z.object({ at: Timestamp, set: z.string(), task: z.string() }).nullable()

/** Three independent claims about the sets. */
export const Claims = z
  .object({
    /** Complete on a storage. */
    published: Shown,
    /** Read back, with matching digests. */
    verified: Shown,
    /** Restored, in a drill or for recovery. */
    restored: Shown,
  })
  .meta({ id: 'Claims' })
export type Claims = z.infer<typeof Claims>

/** The worst state of each day as one letter, oldest first: `g` good, `w` warning, `f` failed or killed, `-` no run, `?` unknown. */
export const Days = z.object({ from: z.iso.date(), states: z.string().regex(/^[gwf?-]*$/u) }).meta({ id: 'Days' })

/** The reason for which a host is not in a good state. */
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
    /** The number of runs that failed since the last good one. */
    failuresSince: Count,
    running: Count,
    tasks: Count,
    next: Timestamp.nullable(),
    days: Days,
    /** The total size of the newest sets of all tasks; null if unknown. */
    bytes: Bytes.nullable(),
    timeZone: z.string().nullable(),
    /** The difference of the host's clock from the server's; positive if the host's is ahead. */
    skewMs: z.number().nullable(),
    /** The time of these facts; null if the host has never responded. */
    asOf: Timestamp.nullable(),
    /** Whether the host responded to the last request. */
    isReachable: z.boolean(),
    error: Failure.nullable(),
  })
  .meta({ id: 'Host' })
export type Host = z.infer<typeof Host>

export const HostsQuery = z.object({
  ...pageQuery,
  /** Searched for in names and causes. */
  q: z.string().max(256).optional(),
  state: z.enum(['problems', ...HostState.options]).optional(),
  sort: z.enum(['state', 'name', 'lastGood', 'next']).default('state'),
})

export const HostCounts = z.object({ all: Count, problems: Count, byState: z.record(HostState, Count) }).meta({ id: 'HostCounts' })
/** `counts` includes all hosts, regardless of the filter. */
export const HostList = listOf(Host).extend({ counts: HostCounts }).meta({ id: 'HostList' })
export type HostList = z.infer<typeof HostList>

/** The URL of an instance, as in `servers.yaml`; with a token, more is available than in the API of KristaBackup. */
export const HostAddition = z.object({ url: z.url({ protocol: /^https?$/u }).max(2048), token: z.string().max(512).optional() })
