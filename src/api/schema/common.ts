import { z } from 'zod'

/** ISO 8601 in UTC, by the server's clock. */
export const Timestamp = z.iso.datetime()

/** Each role includes the permissions of the previous ones: view; start and stop runs and restores; change users, configuration and hosts. */
export const Role = z.enum(['viewer', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

/** `local`, or the identifier of a polled host in addresses. */
export const HostId = z.string().min(1).max(64)

export const Count = z.int().min(0)
export const Bytes = z.number().min(0)

/** An error: what failed with its cause, and a hint. */
export const Failure = z
  .object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    /** The last lines that the failed program wrote. */
    stderr: z.string().optional(),
  })
  .meta({ id: 'Failure' })
export type Failure = z.infer<typeof Failure>

/**
 * A page of a list. `total` is the number of rows that match the filter, from the same query; `next` is the cursor of the next page, null on the last
 * page.
 */
export function listOf<Row extends z.ZodType>(row: Row) {
  return z.object({ asOf: Timestamp, total: Count, rows: z.array(row), next: z.string().nullable() })
}

/** The parameters of every list. */
export const pageQuery = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
}

/** The host that is queried. A host other than `local` is queried by the server, which requires an instance of Holdfast and a token. */
export const hostQuery = { host: HostId.default('local') }

export const Nothing = z.null()
