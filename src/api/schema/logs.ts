import { z } from 'zod'
import { Bytes, Count, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

export const LogLine = z
  .object({
    /** From 0. */
    number: Count,
    at: Timestamp.nullable(),
    level: z.int().nullable(),
    kind: z.string().nullable(),
    /** Without the newline. Control characters are unchanged: the page interprets escape sequences, and never produces HTML. */
    text: z.string(),
    /** The length of the line; `text` contains only its beginning. */
    length: Count.optional(),
  })
  .meta({ id: 'LogLine' })

/** A range of lines. `total` is the number of lines read so far; `isComplete` is whether the file has been read completely. */
export const LogLines = listOf(LogLine).extend({ isComplete: z.boolean(), bytes: Bytes.nullable() }).meta({ id: 'LogLines' })
export type LogLines = z.infer<typeof LogLines>

const range = {
  /** The first line; negative: counted from the end. */
  from: z.coerce.number().int().default(0),
  count: z.coerce.number().int().min(1).max(2000).default(200),
}
export const RunLogQuery = z.object({
  ...hostQuery,
  ...range,
  /** Only lines of at least this severity: 1 errors, 2 also warnings. */
  level: z.coerce.number().int().min(0).max(9).optional(),
  /** Only lines that contain this text. */
  q: z.string().max(256).optional(),
})

/** A log file of a run, as specified in the configuration. */
export const LogFile = z
  .object({
    folder: z.string(),
    name: z.string(),
    bytes: Bytes,
    modified: Timestamp,
    task: z.string().nullable(),
  })
  .meta({ id: 'LogFile' })
export const LogFilesQuery = z.object({ ...hostQuery, ...pageQuery })
export const LogFileList = listOf(LogFile).meta({ id: 'LogFileList' })
export const LogFileQuery = z.object({ ...hostQuery, ...range })

export const LogSearchQuery = z.object({
  ...hostQuery,
  q: z.string().min(1).max(256),
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})
/** Lines that contain the text, ignoring case. `next`: the line at which to continue. */
export const LogMatches = listOf(z.object({ number: Count, text: z.string() })).meta({ id: 'LogMatches' })
