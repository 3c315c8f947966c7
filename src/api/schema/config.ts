import { z } from 'zod'
import { Bytes, listOf, pageQuery, Timestamp } from './common.ts'

export const ConfigIssue = z
  .object({
    severity: z.enum(['error', 'warning']),
    message: z.string(),
    hint: z.string().nullable(),
    file: z.string().nullable(),
    /** From 1. */
    line: z.int().nullable(),
    column: z.int().nullable(),
  })
  .meta({ id: 'ConfigIssue' })
export type ConfigIssue = z.infer<typeof ConfigIssue>

/**
 * The configuration file as it is. Where a password or the like stands in it in plain text, the text has a placeholder, as
 * `holdfast-secret-0f1e2d3c4b5a6978`, which stands for the same when the text is sent back. The `ETag` of the answer is what `If-Match` of a change
 * names.
 */
export const Config = z
  .object({
    file: z.string(),
    dialect: z.enum(['native', 'palhm', 'krista']),
    text: z.string(),
    isWritable: z.boolean(),
    modified: Timestamp,
    issues: z.array(ConfigIssue),
    /** Files that it includes. */
    includes: z.array(z.string()),
  })
  .meta({ id: 'Config' })
export type Config = z.infer<typeof Config>

export const ConfigText = z.object({ text: z.string().max(4 * 1024 * 1024) })
export const ConfigVerdict = z.object({ isUsable: z.boolean(), issues: z.array(ConfigIssue) }).meta({ id: 'ConfigVerdict' })
export type ConfigVerdict = z.infer<typeof ConfigVerdict>

export const ConfigVersion = z
  .object({
    id: z.string(),
    /** When it was replaced. */
    at: Timestamp,
    bytes: Bytes,
    by: z.string().nullable(),
  })
  .meta({ id: 'ConfigVersion' })
export const ConfigVersionsQuery = z.object(pageQuery)
export const ConfigVersionList = listOf(ConfigVersion).meta({ id: 'ConfigVersionList' })
export const ConfigVersionText = ConfigVersion.extend({ text: z.string() }).meta({ id: 'ConfigVersionText' })
