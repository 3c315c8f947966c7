import { z } from 'zod'
import type { AuditName } from '../../accounts/audit-names.ts'
import { Count, listOf, pageQuery, Timestamp } from './common.ts'

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
    /** `begun`: recorded before the action; a line follows only if it fails. */
    outcome: z.enum(['begun', 'done', 'refused', 'failed']),
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
/** A table that a page is about to save as a file. */
export const TableExport = z.object({
  table: z.string().min(1).max(64),
  format: z.enum(['csv', 'json']),
  rows: Count,
  /** The address of the page with its filters. */
  page: z.string().max(2000),
})
export const AuditList = listOf(AuditLine).meta({ id: 'AuditList' })

export type { AuditName }
