import { z } from 'zod'

/** An error, as RFC 9457 has it (`application/problem+json`). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    /** What failed, with the cause. */
    detail: z.string().optional(),
    /** What to do, as a sentence. */
    hint: z.string().optional(),
    /** Stable, for programs: `api/not-found`, `cli/unknown-task`. */
    code: z.string(),
    /** Of a request that does not fit its schema: where, and what is wrong. */
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** What a support request should name; it is in the server's log too. */
    request: z.string(),
    /** When the same request may be made again, in seconds. */
    retryAfter: z.number().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
