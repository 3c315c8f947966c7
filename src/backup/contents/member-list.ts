import { createHash, type Hash } from 'node:crypto'
import { bare } from '../filter/restore-commands.ts'
import type { ContentEntry } from './entry.ts'

/** Of which files the contents are compared. */
export type ComparedContents = 'all' | 'small' | 'none'

/** The largest of the `small` files: 128 blocks of find(1). */
export const SMALL_BYTES = 128 * 512

/** A file or folder of an archive, or an unpacked one. */
export interface Listed {
  readonly bytes: number
  /** Undefined if the archive has none. */
  readonly mode: number | undefined
  /** The time of modification, in seconds. Undefined if the archive has none, or one that not every file system can store. */
  readonly seconds: number | undefined
}

export interface ListedLink {
  /** Bytes that are not UTF-8 are replaced by U+FFFD. */
  readonly target: string
  readonly isHard: boolean
}

/** The regular files, folders and links of an archive. A later member with the same path replaces an earlier one. Paths are bytes, as Latin-1. */
export interface MemberList {
  add(entry: ContentEntry): void
  /** The contents of the file that was added last, in pieces; not called for sparse files. */
  contents(piece: Buffer): void
  /** Members that are not compared, because there are too many. */
  readonly skipped: number
  readonly compared: ComparedContents
  /** A file by its path, a folder by its path with a slash at its end, once: it is no longer expected. */
  take(path: string): Listed | undefined
  /** The digest of a file, once. Undefined: its contents are not compared. */
  takeDigest(path: string): string | undefined
  /** The paths that were not taken. */
  expected(): Iterable<string>
  /** By their paths. */
  links(): ReadonlyMap<string, ListedLink>
  /** Whether a hard link to this path may be missing, or be one to another file: the path is a device, a member that is not listed, or was replaced later. */
  isOpen(path: string): boolean
  /** Files whose contents are not compared: `left`, because they were not read; `others`, because they are sparse, or too many. */
  uncompared(): { readonly left: number; readonly others: number }
}

/** More files are not kept in memory. */
export const MOST_FILES = 2_000_000
/** Of more, the contents are not compared. */
export const MOST_DIGESTS = 250_000
// A file cannot have more: a mode beside its size is one number.
const MODES = 0o10000
const MOST_BYTES = Math.floor(Number.MAX_SAFE_INTEGER / (MODES + 1)) - 1
// U+FFFD in UTF-8.
const REPLACED = latin1('\uFFFD')
// ext4 with small inodes stores times in 31 bits.
const SECONDS = 2 ** 31

export function listMembers(compared: ComparedContents, mostFiles = MOST_FILES, mostDigests = MOST_DIGESTS): MemberList {
  const table = openTable(mostFiles)
  const listed = new Map<string, number>()
  const digests = new Map<string, string>()
  const links = new Map<string, ListedLink>()
  const open = new Set<string>()
  let [skipped, others] = [0, 0]
  let current: { readonly name: string; readonly hash: Hash; bytes: number } | undefined
  const finish = () => {
    if (current?.bytes === 0) digests.set(current.name, shortDigest(current.hash))
    else if (current !== undefined) others += 1
    current = undefined
  }
  const isFull = () => listed.size + links.size + open.size >= mostFiles
  const keep = (file: string, entry: ContentEntry) => {
    const { kind, bytes = 0 } = entry
    const row = isFull() ? undefined : table.add(entry)
    if (row === undefined) {
      skipped += 1
      return
    }
    listed.set(kind === 'folder' ? `${file}/` : file, row)
    if (kind !== 'file' || compared === 'none' || (compared === 'small' && bytes > SMALL_BYTES)) return
    if (digests.size < mostDigests) current = { name: file, hash: createHash('sha256'), bytes }
    else others += 1
  }
  const keepLink = (path: string, { target = '', isHard: hard }: ContentEntry) => {
    const [bytes, isHard] = [latin1(target), hard === true]
    if (isFull()) skipped += 1
    else links.set(path, { target: isHard ? bare(bytes) : bytes, isHard })
  }
  return {
    compared,
    get skipped() {
      return skipped
    },
    add(entry) {
      finish()
      const file = latin1(entry.path, entry.rawPath)
      // A link or a folder may replace a file, and a file a folder.
      const isAgain = [listed.delete(file), listed.delete(`${file}/`), links.delete(file)].some((it) => it)
      digests.delete(file)
      if ((isAgain || entry.kind === 'other') && !isFull()) open.add(file)
      if ((entry.kind === 'file' || entry.kind === 'folder') && file !== '.') keep(file, entry)
      else if (entry.kind === 'link') keepLink(file, entry)
    },
    contents(piece) {
      current?.hash.update(piece)
      if (current !== undefined) current.bytes -= piece.length
    },
    take(path) {
      finish()
      const row = listed.get(path)
      listed.delete(path)
      return row === undefined ? undefined : table.get(row)
    },
    takeDigest(path) {
      finish()
      const digest = digests.get(path)
      digests.delete(path)
      return digest
    },
    expected: () => listed.keys(),
    links: () => links,
    isOpen: (path) => skipped > 0 || open.has(path) || path.includes(REPLACED),
    uncompared() {
      finish()
      return { left: digests.size, others }
    },
  }
}

/** The rows of many files in little memory: 12 bytes for each. */
function openTable(most: number) {
  let sizes = new Float64Array(1024)
  let times = new Int32Array(1024)
  let rows = 0
  const grow = () => {
    const wider = [new Float64Array(rows * 2), new Int32Array(rows * 2)] as const
    wider[0].set(sizes)
    wider[1].set(times)
    ;[sizes, times] = wider
  }
  return {
    /** Undefined if there are too many, with those that were replaced. */
    add({ bytes = 0, mode = MODES, modified }: ContentEntry): number | undefined {
      if (rows >= 2 * most) return undefined
      if (rows === sizes.length) grow()
      const seconds = modified === undefined ? -1 : Math.floor(Date.parse(modified) / 1000)
      sizes[rows] = sizeOf(bytes) * (MODES + 1) + mode
      times[rows] = seconds >= 0 && seconds < SECONDS ? seconds : -1
      rows += 1
      return rows - 1
    },
    get(row: number): Listed {
      const [size, time] = [sizes[row] ?? 0, times[row] ?? -1]
      const mode = size % (MODES + 1)
      return { bytes: Math.floor(size / (MODES + 1)), mode: mode === MODES ? undefined : mode, seconds: time === -1 ? undefined : time }
    },
  }
}

/** The sizes of files of more than 2 TB are not compared. */
export function sizeOf(bytes: number): number {
  return Math.min(bytes, MOST_BYTES)
}

// Half a digest is enough: no attacker chooses both files. As a string of 16 bytes.
function shortDigest(hash: Hash): string {
  return hash.digest().toString('latin1', 0, 16)
}

function latin1(text: string, raw?: string): string {
  return Buffer.from(raw ?? text, raw === undefined ? 'utf8' : 'base64').toString('latin1')
}
