import { createHash, type Hash } from 'node:crypto'
import type { ContentEntry } from '../contents/entry.ts'

/** Of which files the contents are compared. */
export type ComparedContents = 'all' | 'small' | 'none'

/** The largest of the `small` files: 128 blocks of find(1). */
export const SMALL_BYTES = 128 * 512

/** A file or folder of an archive, or an unpacked one. */
interface Listed {
  readonly bytes: number
  /** Undefined if the archive has none. */
  readonly mode: number | undefined
}

/** The regular files and folders of an archive. A later member with the same path replaces an earlier one. */
export interface MemberList {
  add(entry: ContentEntry): void
  /** The contents of the file that was added last, in pieces; not called for sparse files. */
  contents(piece: Buffer): void
  /** Files and folders that are not compared, because there are too many. */
  readonly skipped: number
  readonly compared: ComparedContents
  /** A file by its path, a folder by its path with a slash at its end, once: it is no longer expected. */
  take(path: string): Listed | undefined
  /** The digest of a file, once. Undefined: its contents are not compared. */
  takeDigest(path: string): string | undefined
  /** The paths that were not taken. */
  expected(): Iterable<string>
  /** Files whose contents are not compared: `left`, because they were not taken; `others`, because they are sparse, or too many. */
  uncompared(): { readonly left: number; readonly others: number }
}

/** More files are not kept in memory. */
export const MOST_FILES = 2_000_000
/** Of more, the contents are not compared. */
export const MOST_DIGESTS = 250_000
// A file cannot have more: a mode beside its size is one number.
const MODES = 0o10000
const MOST_BYTES = Math.floor(Number.MAX_SAFE_INTEGER / (MODES + 1)) - 1

export function listMembers(compared: ComparedContents, mostFiles = MOST_FILES, mostDigests = MOST_DIGESTS): MemberList {
  // One number for each: a size and a mode, or the mode that no member has.
  const listed = new Map<string, number>()
  const digests = new Map<string, string>()
  let [skipped, others] = [0, 0]
  let current: { readonly name: string; readonly hash: Hash; bytes: number } | undefined
  const finish = () => {
    if (current?.bytes === 0) digests.set(current.name, shortDigest(current.hash))
    else if (current !== undefined) others += 1
    current = undefined
  }
  const keep = (file: string, { kind, bytes = 0, mode = MODES }: ContentEntry) => {
    if (listed.size >= mostFiles) {
      skipped += 1
      return
    }
    listed.set(kind === 'folder' ? `${file}/` : file, sizeOf(bytes) * (MODES + 1) + mode)
    if (kind !== 'file' || compared === 'none' || (compared === 'small' && bytes > SMALL_BYTES)) return
    if (digests.size < mostDigests) current = { name: file, hash: createHash('sha256'), bytes }
    else others += 1
  }
  return {
    compared,
    get skipped() {
      return skipped
    },
    add(entry) {
      finish()
      const file = Buffer.from(entry.rawPath ?? entry.path, entry.rawPath === undefined ? 'utf8' : 'base64').toString('latin1')
      // A link or a folder may replace a file, and a file a folder.
      digests.delete(file)
      listed.delete(file)
      listed.delete(`${file}/`)
      if ((entry.kind === 'file' || entry.kind === 'folder') && file !== '.') keep(file, entry)
    },
    contents(piece) {
      current?.hash.update(piece)
      if (current !== undefined) current.bytes -= piece.length
    },
    take(path) {
      finish()
      const found = listed.get(path)
      listed.delete(path)
      if (found === undefined) return undefined
      const mode = found % (MODES + 1)
      return { bytes: Math.floor(found / (MODES + 1)), mode: mode === MODES ? undefined : mode }
    },
    takeDigest(path) {
      finish()
      const digest = digests.get(path)
      digests.delete(path)
      return digest
    },
    expected: () => listed.keys(),
    uncompared() {
      finish()
      return { left: digests.size, others }
    },
  }
}

/** The sizes of files of more than 2 TB are not compared. */
function sizeOf(bytes: number): number {
  return Math.min(bytes, MOST_BYTES)
}

// Half a digest is enough: no attacker chooses both files. As a string of 16 bytes.
function shortDigest(hash: Hash): string {
  return hash.digest().toString('latin1', 0, 16)
}

/** The unpacked files, compared with the members of their archive, which are known before: no second list of them is kept. */
export interface FileList {
  /** Receives the list of the unpacked files and folders: each `f` or `d`, size, mode, path, or `#`, SHA-256, path; with blanks, and a null character at its end. */
  see(chunk: Buffer): void
  /** How they differ, as the rest of sentences that begin with the name of the archive. */
  differences(): readonly string[]
  /** The number of files whose contents were compared. */
  readonly digests: number
}

const LISTED = 5
const ENTRY = /^(?<type>[fd]) (?<size>\d+) (?<bits>[0-7]+) (?<path>[\s\S]+)$/u
const DIGEST = /^# (?<digest>[0-9a-f]{64}) [ *](?<path>[\s\S]+)$/u

export function listFiles(members: MemberList): FileList {
  const all: string[] = []
  let count = 0
  let digests = 0
  const differs = (text: () => string) => {
    count += 1
    if (count <= LISTED) all.push(text())
  }
  const takeEntry = (part: string) => {
    const { type, size, bits = '', path = '' } = ENTRY.exec(part)?.groups ?? {}
    const member = type === undefined ? undefined : members.take(type === 'd' ? `${path}/` : path)
    if (member === undefined) return
    const mode = Number.parseInt(bits, 8)
    if (type === 'f' && member.bytes !== sizeOf(Number(size)))
      differs(() => `has a member "${nameOf(path)}" of ${member.bytes} bytes, restored with ${size}`)
    if (member.mode !== undefined && member.mode !== mode)
      differs(() => `has a member "${nameOf(path)}" with mode ${octal(member.mode ?? 0)}, restored with ${octal(mode)}`)
  }
  const takeDigest = (part: string) => {
    const { digest, path = '' } = DIGEST.exec(part)?.groups ?? {}
    const wanted = digest === undefined ? undefined : members.takeDigest(path)
    if (digest === undefined || wanted === undefined) return
    digests += 1
    if (Buffer.from(digest, 'hex').toString('latin1', 0, 16) !== wanted) differs(() => `has a member "${nameOf(path)}", restored with other contents`)
  }
  let rest = ''
  return {
    see(chunk) {
      const parts = (rest + chunk.toString('latin1')).split('\0')
      rest = parts.pop() ?? ''
      for (const part of parts) (part.startsWith('#') ? takeDigest : takeEntry)(part)
    },
    differences() {
      for (const path of members.expected()) differs(() => `has a member "${nameOf(path)}" that was not restored`)
      return count > LISTED ? [...all, `differs in ${count - LISTED} more files`] : all
    },
    get digests() {
      return digests
    },
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function nameOf(path: string): string {
  return Buffer.from(path, 'latin1').toString()
}
