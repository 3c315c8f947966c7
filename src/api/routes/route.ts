import type { z } from 'zod'
import type { Role } from '../schema/common.ts'

/**
 * One operation of the API below `/api/v1`. The router, the OpenAPI document and the tests of who may do what are made from these, so that none can be
 * without a rule. Names that users choose freely are in the query, never in the path, where `..` and `%2f` would not come through every proxy.
 */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With `{name}` for ids that the server made. */
  readonly path: string
  readonly summary: string
  /** The least role; `anyone`: nobody has to be logged in. */
  readonly role: Role | 'anyone'
  /** With `session` tokens are refused: a token must not be able to make itself last. */
  readonly by?: 'session'
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** What is answered; `'text'`: a file; `'stream'`: server-sent events; `'json'`: JSON that no schema describes. */
  readonly answer: z.ZodType | 'text' | 'stream' | 'json'
  /** Of a success. Default: 200. */
  readonly status?: 200 | 201 | 202 | 204
  /** A change of something with an `ETag` needs `If-Match`. */
  readonly ifMatch?: true
  /** Whether reading it is itself an event for the audit log. */
  readonly isAudited?: true
}
