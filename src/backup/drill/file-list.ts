import type { ContentEntry } from '../contents/entry.ts'

/** The files of an archive, compared with those that were unpacked from it. */
export interface FileList {
  /** Receives the list of the unpacked files: size, blank, path, null character. */
  see(chunk: Buffer): void
  /** How the unpacked files differ from these members, as the rest of sentences that begin with the name of the archive. */
  differences(members: MemberList): readonly string[]
}

export interface MemberList {
  add(entry: ContentEntry): void
  readonly sizes: ReadonlyMap<string, number>
  /** Whether there were too many to compare. */
  readonly areTooMany: boolean
}

const MOST_FILES = 2_000_000
const LISTED = 5

/** The regular files of an archive; a later member with the same path replaces an earlier one. */
export function listMembers(): MemberList {
  const sizes = new Map<string, number>()
  let areTooMany = false
  return {
    sizes,
    get areTooMany() {
      return areTooMany
    },
    add({ path, rawPath, kind, bytes }) {
      const name = Buffer.from(rawPath ?? path, rawPath === undefined ? 'utf8' : 'base64').toString('latin1')
      if (kind === 'file' && sizes.size < MOST_FILES) sizes.set(name, bytes ?? 0)
      else if (kind === 'file') areTooMany = true
      // A link or a folder that replaces a file.
      else sizes.delete(name)
    },
  }
}

export function listFiles(): FileList {
  const found = new Map<string, number>()
  let rest = ''
  return {
    see(chunk) {
      const parts = (rest + chunk.toString('latin1')).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const blank = part.indexOf(' ')
        if (found.size < MOST_FILES) found.set(part.slice(blank + 1), Number(part.slice(0, blank)))
      }
    },
    differences({ sizes }) {
      const all: string[] = []
      for (const [path, bytes] of sizes) {
        const size = found.get(path)
        if (size === bytes) continue
        const name = Buffer.from(path, 'latin1').toString()
        all.push(
          size === undefined ? `has a member "${name}" that was not restored` : `has a member "${name}" of ${bytes} bytes, restored with ${size}`,
        )
      }
      return all.length > LISTED ? [...all.slice(0, LISTED), `differs in ${all.length - LISTED} more files`] : all
    },
  }
}
