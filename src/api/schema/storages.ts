import { z } from 'zod'
import { Bytes, Count, Failure, HostId, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

/** A forecast of the usage of a storage from the growth of the last weeks. */
const Forecast = z.object({ bytesPerDay: z.number(), fullInDays: z.number().nullable(), range: z.tuple([z.number(), z.number()]).nullable() })

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
