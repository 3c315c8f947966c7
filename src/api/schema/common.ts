import { z } from 'zod'

/** ISO 8601 in UTC, by the server's clock. */
export const Timestamp = z.iso.datetime()

/** Each role may do what the ones before it may: look; start and stop runs and restores; change users, configuration and hosts. */
export const Role = z.enum(['viewer', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

/** `local`, or what names a polled host in addresses. */
export const HostId = z.string().min(1).max(64)

export const Count = z.int().min(0)
export const Bytes = z.number().min(0)

/** What was wrong, as everywhere in Holdfast: what failed with its cause, and what to do. */
export const Failure = z
  .object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    /** What the failing program wrote last. */
    stderr: z.string().optional(),
  })
  .meta({ id: 'Failure' })
export type Failure = z.infer<typeof Failure>

/** A page of a list. `total` counts all rows that the filter leaves, by the same query; `next` is the cursor of the next page, null on the last one. */
export function listOf<Row extends z.ZodType>(row: Row) {
  return z.object({ asOf: Timestamp, total: Count, rows: z.array(row), next: z.string().nullable() })
}

/** Every list takes these. */
export const pageQuery = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
}

/** Whose data is asked for. Another one than `local` is asked by the server, when it is an instance of Holdfast with a token. */
export const hostQuery = { host: HostId.default('local') }

export const Nothing = z.null()
