import { z } from 'zod'

/** Longer names are not listed: no program makes them. In bytes of the archive or dump. */
export const NAME_BYTES = 16 * 1024

const name = z.string().max(NAME_BYTES)

/** Something inside an object: a member of an archive, a table of a dump, an entry of a directory. */
export const contentEntry = z.object({
  /**
   * Archives: relative, without `./` in front and `/` at the end, as `restore --path` takes it. Dumps: `DATABASE/TABLE`, `SCHEMA.TABLE` or `TABLE`, with `/`
   * and `%` in names as in a URL. Directories: the distinguished name.
   */
  path: z.string().min(1).max(NAME_BYTES),
  kind: z.enum(['file', 'folder', 'link', 'table', 'database', 'entry', 'other']),
  bytes: z.number().min(0).optional(),
  /** ISO 8601, UTC. */
  modified: z.iso.datetime().optional(),
  /** The permission bits, set-ID and sticky bits. */
  mode: z.int().min(0).max(0o7777).optional(),
  owner: name.optional(),
  group: name.optional(),
  /** Of a link: as stored. */
  target: name.optional(),
  /** A hard link: another name of a member before it. */
  isHard: z.literal(true).optional(),
  /** Of a table. Absent if the dump has none for it, such as for a partitioned table. */
  rows: z.int().min(0).optional(),
  /** The bytes of a path that is not valid UTF-8, in Base64; `path` has U+FFFD in their place. */
  rawPath: z
    .base64()
    .max(NAME_BYTES * 2)
    .optional(),
})
export type ContentEntry = z.infer<typeof contentEntry>

/** What an object contains: `none`: data without a list, such as a single file. */
export const CONTENT_FORMATS = ['tar', 'postgresql', 'mariadb', 'ldif', 'none'] as const
export type ContentFormat = (typeof CONTENT_FORMATS)[number]
