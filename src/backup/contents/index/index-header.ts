import { z } from 'zod'
import { VERSION } from '../../../lib/assets.ts'
import type { ObjectRecord } from '../../set/manifest.ts'
import { MANIFEST_LIMITS } from '../../set/manifest-fault.ts'
import { CONTENT_FORMATS } from '../entry.ts'

/** The version of the format; `docs/format/object-index.md` specifies it. */
const INDEX_VERSION = 1

/** What an index may contain at most: a hostile one must end. */
export const INDEX_LIMITS = { headerBytes: 64 * 1024, fileBytes: 4 * 1024 ** 3, entries: 50_000_000, characters: 8 * 1024 ** 3 } as const

const text = z.string().max(MANIFEST_LIMITS.text)

/** The first line of an index: which object it is of, and whether it is complete. */
const indexHeader = z.object({
  version: z.literal(INDEX_VERSION),
  tool: text,
  set: text,
  object: text,
  /** Of the stored bytes. An index of other bytes is not used. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  made: z.iso.datetime(),
  format: z.enum(CONTENT_FORMATS),
  entries: z.int().min(0).max(INDEX_LIMITS.entries),
  /** Why entries may be missing. */
  incomplete: text.optional(),
})
export type IndexHeader = z.infer<typeof indexHeader>

/** What an index is of. */
export interface IndexedObject {
  readonly set: string
  readonly record: Pick<ObjectRecord, 'path' | 'sha256'>
}

export function createIndexHeader(
  { set, record: { path, sha256 } }: IndexedObject,
  {
    made,
    format,
    entries,
    incomplete,
  }: { readonly made: Date } & Pick<IndexHeader, 'format' | 'entries'> & { readonly incomplete?: string | undefined },
): IndexHeader {
  const of = { version: INDEX_VERSION, tool: `holdfast ${VERSION}`, set, object: path, sha256 } as const
  return {
    ...of,
    made: made.toISOString(),
    format,
    entries,
    ...(incomplete !== undefined && { incomplete: incomplete.slice(0, MANIFEST_LIMITS.text) }),
  }
}

/** The header in a first line, if it is of that object as it is stored. */
export function parseIndexHeader(line: string, { set, record }: IndexedObject): IndexHeader | undefined {
  try {
    const parsed = indexHeader.safeParse(JSON.parse(line))
    if (!parsed.success) return undefined
    const { data } = parsed
    return data.set === set && data.object === record.path && data.sha256 === record.sha256 ? data : undefined
  } catch {
    return undefined
  }
}
