import { z } from 'zod'
import { Bytes, Count, hostQuery, listOf, pageQuery, Timestamp } from './common.ts'

export const LogLine = z
  .object({
    /** From 0. */
    number: Count,
    at: Timestamp.nullable(),
    level: z.int().nullable(),
    kind: z.string().nullable(),
    /** Without its end. Control characters are as they were written: escape sequences are for the page to read, never HTML. */
    text: z.string(),
    /** Of so many characters only the first are in `text`. */
    length: Count.optional(),
  })
  .meta({ id: 'LogLine' })

/** Lines by range. `total` is how many there are as far as the file was read; `isComplete` says whether that is all of it. */
export const LogLines = listOf(LogLine).extend({ isComplete: z.boolean(), bytes: Bytes.nullable() }).meta({ id: 'LogLines' })
export type LogLines = z.infer<typeof LogLines>

const range = {
  /** The first line; negative: from the end. */
  from: z.coerce.number().int().default(0),
  count: z.coerce.number().int().min(1).max(2000).default(200),
}
export const RunLogQuery = z.object({
  ...hostQuery,
  ...range,
  /** Only lines at least as important: 1 errors, 2 warnings too. */
  level: z.coerce.number().int().min(0).max(9).optional(),
  /** Only lines with this text. */
  q: z.string().max(256).optional(),
})

/** A log file of a run, as the configuration asks for them. */
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
/** Lines that hold the text, whatever its case. `next`: the line to go on from. */
export const LogMatches = listOf(z.object({ number: Count, text: z.string() })).meta({ id: 'LogMatches' })
