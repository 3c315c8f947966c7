import type { ContentEntry } from '../contents/entry.ts'

/** The regular files of an archive. A later member with the same path replaces an earlier one. */
export interface MemberList {
  add(entry: ContentEntry): void
  /** Files that are not compared, because there are too many. */
  readonly skipped: number
  /** The size of a file by its path, once: it is no longer expected. */
  take(path: string): number | undefined
  /** The paths that were not taken. */
  expected(): Iterable<string>
}

/** The unpacked files, compared with the members of their archive, which are known before: no second list of them is kept. */
export interface FileList {
  /** Receives the list of the unpacked files: size, blank, path, null character. */
  see(chunk: Buffer): void
  /** How they differ, as the rest of sentences that begin with the name of the archive. */
  differences(): readonly string[]
}

/** More files are not kept in memory. */
export const MOST_FILES = 2_000_000
const LISTED = 5

export function listMembers(mostFiles = MOST_FILES): MemberList {
  const sizes = new Map<string, number>()
  let skipped = 0
  return {
    get skipped() {
      return skipped
    },
    add({ path, rawPath, kind, bytes }) {
      const name = Buffer.from(rawPath ?? path, rawPath === undefined ? 'utf8' : 'base64').toString('latin1')
      // A link or a folder may replace a file.
      if (kind !== 'file') sizes.delete(name)
      else if (sizes.size < mostFiles || sizes.has(name)) sizes.set(name, bytes ?? 0)
      else skipped += 1
    },
    take(path) {
      const bytes = sizes.get(path)
      sizes.delete(path)
      return bytes
    },
    expected: () => sizes.keys(),
  }
}

export function listFiles(members: MemberList): FileList {
  const all: string[] = []
  let count = 0
  const differs = (text: () => string) => {
    count += 1
    if (count <= LISTED) all.push(text())
  }
  let rest = ''
  return {
    see(chunk) {
      const parts = (rest + chunk.toString('latin1')).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const blank = part.indexOf(' ')
        const [path, size] = [part.slice(blank + 1), Number(part.slice(0, blank))]
        const bytes = members.take(path)
        if (bytes !== undefined && bytes !== size) differs(() => `has a member "${nameOf(path)}" of ${bytes} bytes, restored with ${size}`)
      }
    },
    differences() {
      for (const path of members.expected()) differs(() => `has a member "${nameOf(path)}" that was not restored`)
      return count > LISTED ? [...all, `differs in ${count - LISTED} more files`] : all
    },
  }
}

function nameOf(path: string): string {
  return Buffer.from(path, 'latin1').toString()
}
