import type { StreamEdges } from './stream-edges.ts'

const TAR_END = Buffer.alloc(2 * 512)

/**
 * Why a tar archive is not complete, as the rest of a sentence that begins with its name; undefined if it is. `members`: as listed by tar, which accepts
 * an archive without its end. `entries`: the number of members when it was made, if known.
 */
export function tarFault(
  { bytes, tail }: Pick<StreamEdges, 'bytes' | 'tail'>,
  { members, entries }: { readonly members: number; readonly entries?: number | undefined },
): string | undefined {
  if (bytes === 0) return 'is empty, expected an archive'
  if (bytes % 512 !== 0 || !tail.equals(TAR_END)) return 'is truncated: it does not end with two blocks of zeros, like an archive'
  if (entries !== undefined && members !== entries) return `has ${members} members, expected ${entries}`
  return members === 0 && entries === undefined ? 'is an archive without members' : undefined
}
