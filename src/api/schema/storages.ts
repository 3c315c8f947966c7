import { z } from 'zod'
import { Bytes, Count, Failure, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

/** The growth of the last weeks, and when the storage would be full if it continued. */
const Forecast = z.object({
  bytesPerDay: z.number(),
  /** Null: not in the next ten years, or the free space is unknown. */
  fullInDays: z.number().nullable(),
  /** The same with the fastest and the slowest growth of these weeks; the second is null if there were weeks without growth. */
  range: z.tuple([z.number(), z.number().nullable()]).nullable(),
})

export const Storage = z
  .object({
    host: HostId,
    name: z.string(),
    kind: z.enum(['localfs', 's3', 'rclone', 'null']),
    location: z.string(),
    state: z.enum(['ok', 'warning', 'failed', 'unknown']),
    reason: z.string().nullable(),
    hint: z.string().nullable(),
    /** Null if the storage does not provide it. */
    totalBytes: Bytes.nullable(),
    freeBytes: Bytes.nullable(),
    sets: Count.nullable(),
    setBytes: Bytes.nullable(),
    newest: Timestamp.nullable(),
    oldest: Timestamp.nullable(),
    /** Null if the recorded history is too short, or incomplete. */
    forecast: Forecast.nullable(),
    checked: Timestamp.nullable(),
    error: Failure.nullable(),
  })
  .meta({ id: 'Storage' })
export type Storage = z.infer<typeof Storage>
export const StoragesQuery = z.object({ ...hostQuery, ...pageQuery })
export const StorageList = listOf(Storage).meta({ id: 'StorageList' })

export const Notifier = z.object({ name: z.string(), kind: z.string() }).meta({ id: 'Notifier' })
export const NotifierList = listOf(Notifier).meta({ id: 'NotifierList' })
export const NotifierTest = z.object({ sentInMs: z.number() }).meta({ id: 'NotifierTest' })
