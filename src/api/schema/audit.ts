import { z } from 'zod'
import { listOf, pageQuery, Timestamp } from './common.ts'

export const AuditLine = z
  .object({
    id: z.int(),
    at: Timestamp,
    /** Empty if the user is unknown. */
    who: z.string(),
    via: z.enum(['session', 'token', 'command-line', 'server', 'none']),
    address: z.string(),
    /** `login`, `run-started`, `user-changed`, … */
    action: z.string(),
    target: z.string(),
    outcome: z.enum(['done', 'refused', 'failed']),
    /** The previous and the new values of a change; never a secret. */
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'AuditLine' })
export type AuditLine = z.infer<typeof AuditLine>
export const AuditQuery = z.object({
  ...pageQuery,
  who: z.string().max(256).optional(),
  action: z.string().max(64).optional(),
  from: Timestamp.optional(),
  to: Timestamp.optional(),
})
export const AuditList = listOf(AuditLine).meta({ id: 'AuditList' })
