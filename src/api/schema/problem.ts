import { z } from 'zod'

/** An error as defined by RFC 9457 (`application/problem+json`). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What failed, with the cause. */
    detail: z.string().optional(),
    /** What to do, as a sentence. */
    hint: z.string().optional(),
    /** A stable identifier for programs: `api/not-found`, `cli/unknown-task`. */
    code: z.string(),
    /** The parts of a request that do not match the schema. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** The id to quote in a support request; also in the log of the server. */
    request: z.string(),
    /** The number of seconds after which the request can be retried. */
    retryAfter: z.number().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
