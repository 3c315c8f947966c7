import { z } from 'zod'
import { Bytes, Count, Failure, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { Claims } from './hosts.ts'
import { Hold } from './keeping.ts'
import { Drill, Verification } from './verifications.ts'

/** A set on one storage. */
export const SetPlace = z
  .object({
    /** The name in the configuration, or the location. */
    storage: z.string(),
    location: z.string(),
    state: z.enum(['complete', 'unfinished', 'legacy', 'damaged', 'newer', 'unreadable', 'incomplete', 'suspicious']),
    /** Of a set that may lack data according to its manifest: whether it is to be accepted, or was; also if `state` names something else. */
    acceptance: z.enum(['needed', 'given']).nullable(),
    bytes: Bytes,
    objects: Count.nullable(),
  })
  .meta({ id: 'SetPlace' })

export const SetRow = z
  .object({
    host: HostId,
    task: z.string(),
    /** The backup step that created the set. */
    step: z.string(),
    name: z.string(),
    at: Timestamp,
    bytes: Bytes,
    objects: Count.nullable(),
    places: z.array(SetPlace),
    claims: Claims,
  })
  .meta({ id: 'SetRow' })
export type SetRow = z.infer<typeof SetRow>

export const SetsQuery = z.object({ ...hostQuery, ...pageQuery, task: z.string().optional(), storage: z.string().optional() })
/** `failures`: storages that could not be read; if there are any, the list is incomplete. */
export const SetList = listOf(SetRow)
  .extend({ failures: z.array(Failure) })
  .meta({ id: 'SetList' })
export type SetList = z.infer<typeof SetList>

export const SetObject = z
  .object({
    path: z.string(),
    bytes: Bytes,
    sha256: z.string(),
    /** `files`, `postgresql`, …; null if only the commands are known. */
    kind: z.string().nullable(),
    isTar: z.boolean(),
    filters: z.array(z.string()),
    programs: z.array(z.string()),
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: 'SetObject' })

export const BackupSet = SetRow.extend({
  hostname: z.string().nullable(),
  run: z.string().nullable(),
  tool: z.string().nullable(),
  began: Timestamp.nullable(),
  ended: Timestamp.nullable(),
  /** Empty for a set without a manifest. */
  contains: z.array(SetObject),
  /** Why the set may lack data, according to its manifest, whether it was accepted or not. */
  suspicious: z.array(z.string()),
  /** Objects that could not be made. */
  failed: z.array(z.string()),
  holds: z.array(Hold),
  /** Newest first. */
  drills: z.array(Drill),
  verifications: z.array(Verification),
  /** The text of RESTORE.md; null if missing. */
  guide: z.string().nullable(),
  failures: z.array(Failure),
}).meta({ id: 'BackupSet' })
export type BackupSet = z.infer<typeof BackupSet>

export const SetQuery = z.object({ ...hostQuery, storage: z.string().optional() })

/** An entry of a set: an object, or a member of one. */
export const SetEntry = z
  .object({
    /** The object, or the object that contains the member. */
    object: z.string(),
    /** The path inside the object; null for the object itself. */
    path: z.string().nullable(),
    kind: z.enum(['object', 'file', 'folder', 'link', 'table', 'database', 'entry', 'other']),
    bytes: Bytes.nullable(),
    modified: Timestamp.nullable(),
    rows: Count.nullable(),
    /** Of a link. */
    target: z.string().nullable(),
  })
  .meta({ id: 'SetEntry' })
export type SetEntry = z.infer<typeof SetEntry>

/** Without `object`, the objects; with it, its entries one level below `folder`; with `q`, all entries that match this name. */
export const ContentsQuery = z.object({
  ...hostQuery,
  ...pageQuery,
  storage: z.string().optional(),
  object: z.string().optional(),
  folder: z.string().optional(),
  q: z.string().max(256).optional(),
})
/**
 * Whether the contents of the objects are known. `absent`: they have not been read. `impossible`: they are encrypted, and there is no key.
 * `unreadable`: this is unknown, because no storage of the set can be read. `incomplete`: entries may be missing. `single`: an object without entries.
 */
export const IndexState = z.enum(['ready', 'incomplete', 'building', 'absent', 'impossible', 'unreadable', 'single'])
export type IndexState = z.infer<typeof IndexState>

/** `reason`: why the list is incomplete, or an index was not found. */
export const SetContents = listOf(SetEntry).extend({ index: IndexState, reason: z.string().nullable() }).meta({ id: 'SetContents' })
export type SetContents = z.infer<typeof SetContents>

/** Reads a set, and stores the index of its contents; a job. */
export const IndexRequest = z.object({
  task: z.string().max(512),
  set: z.string().max(128),
  storage: z.string().max(512).optional(),
})

export const ContentsSearchQuery = z.object({
  ...hostQuery,
  ...pageQuery,
  task: z.string().optional(),
  storage: z.string().optional(),
  /** Part of a path, in upper or lower case. */
  q: z.string().min(1).max(256),
})

export const ContentsHit = SetEntry.extend({
  host: HostId,
  task: z.string(),
  set: z.string(),
  at: Timestamp,
  /** Whether `path` can be restored by itself. */
  isMember: z.boolean(),
}).meta({ id: 'ContentsHit' })
export type ContentsHit = z.infer<typeof ContentsHit>

/**
 * A part of a search, newest sets first; `next` continues it. `matches`: in this part, including those that are not among the rows because a set has many.
 * `unsearched`: objects whose contents are not known, or not completely, with the first of them.
 */
export const ContentsSearch = z
  .object({
    asOf: Timestamp,
    rows: z.array(ContentsHit),
    matches: Count,
    /** From the beginning of the search. */
    searched: Count,
    sets: Count,
    unsearched: Count,
    reasons: z.array(z.object({ task: z.string(), set: z.string(), object: z.string().nullable(), message: z.string() })),
    failures: z.array(Failure),
    next: z.string().nullable(),
  })
  .meta({ id: 'ContentsSearch' })
export type ContentsSearch = z.infer<typeof ContentsSearch>
