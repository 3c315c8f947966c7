import { z } from 'zod'
import { Bytes, Count, Failure, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'
import { Claims } from './hosts.ts'
import { Verification } from './verifications.ts'

/** A set on one storage. */
export const SetPlace = z
  .object({
    /** The name in the configuration, or the location. */
    storage: z.string(),
    location: z.string(),
    state: z.enum(['complete', 'unfinished', 'legacy', 'damaged', 'newer', 'unreadable']),
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
    kind: z.enum(['object', 'file', 'folder', 'link', 'table', 'database', 'other']),
    bytes: Bytes.nullable(),
    modified: Timestamp.nullable(),
    rows: Count.nullable(),
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
/** `index`: whether the contents of the objects are known. `absent`: they have not been read. */
export const SetContents = listOf(SetEntry)
  .extend({ index: z.enum(['ready', 'building', 'absent', 'impossible']) })
  .meta({ id: 'SetContents' })
export type SetContents = z.infer<typeof SetContents>
