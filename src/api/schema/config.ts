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
 * The text of the configuration file. Secrets in plain text are replaced by placeholders such as `holdfast-secret-0f1e2d3c4b5a6978`, which are
 * replaced by the secrets when the text is sent back. A change sends the `ETag` of the response in `If-Match`.
 */
export const Config = z
  .object({
    file: z.string(),
    dialect: z.enum(['native', 'palhm', 'krista']),
    text: z.string(),
    isWritable: z.boolean(),
    modified: Timestamp,
    issues: z.array(ConfigIssue),
    /** Included files. */
    includes: z.array(z.string()),
  })
  .meta({ id: 'Config' })
export type Config = z.infer<typeof Config>

export const ConfigText = z.object({ text: z.string().max(4 * 1024 * 1024) })
export const ConfigResult = z.object({ isUsable: z.boolean(), issues: z.array(ConfigIssue) }).meta({ id: 'ConfigVerdict' })
export type ConfigResult = z.infer<typeof ConfigResult>

export const ConfigVersion = z
  .object({
    id: z.string(),
    /** The time at which it was replaced. */
    at: Timestamp,
    bytes: Bytes,
    /** The user who replaced it, in the pages or with a token; null if unknown. */
    by: z.string().nullable(),
    via: z.enum(['session', 'token']).nullable(),
    /** Whether this version was not written by the server, but by an editor or another program; null if unknown. */
    isEditedOutside: z.boolean().nullable(),
  })
  .meta({ id: 'ConfigVersion' })
export const ConfigVersionsQuery = z.object(pageQuery)
export const ConfigVersionList = listOf(ConfigVersion).meta({ id: 'ConfigVersionList' })
export const ConfigVersionText = ConfigVersion.extend({ text: z.string() }).meta({ id: 'ConfigVersionText' })
