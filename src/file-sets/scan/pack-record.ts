import type { Stats } from 'node:fs'

/**
 * One record of the packer's work list, terminated by NUL: the result of the scan in the form of `find -printf RECORD_FORMAT`. A capital `D` is a
 * folder that is not packed but contains the next entries. Each folder precedes its contents, and its contents precede all entries outside of it.
 */
export interface PackRecord {
  /** The `%y` of find(1); `D`: see above. */
  type: number
  /** tv_sec and tv_nsec of the modification time. */
  seconds: number
  nanoseconds: number
  device: number
  inode: number
  uid: number
  /** The bytes of its path relative to the source. */
  bytes: Buffer
  start: number
  end: number
  /** The start of its name: the last part of the path. */
  nameStart: number
  /** The number of source folders that contain it: 0 for an entry directly in the source. */
  depth: number
}

export const TYPE = { file: 0x66, folder: 0x64, holder: 0x44, link: 0x6c, pipe: 0x70, block: 0x62, character: 0x63 } as const

const MINUS = 0x2d
const DOT = 0x2e
const SPACE = 0x20
const SLASH = 0x2f
const ZERO = 0x30

export function emptyRecord(): PackRecord {
  const numbers = { type: 0, seconds: 0, nanoseconds: 0, device: 0, inode: 0, uid: 0, start: 0, end: 0, nameStart: 0, depth: 0 }
  return { ...numbers, bytes: Buffer.alloc(0) }
}

/** Parses a record into an object that is reused: there are millions of them. */
export function parseRecord(bytes: Buffer, from: number, end: number, into: PackRecord): void {
  let at = from + 1
  const number = (stop: number) => {
    let value = 0
    for (let byte = bytes[at] ?? stop; byte !== stop; byte = bytes[++at] ?? stop) value = value * 10 + byte - ZERO
    at++
    return value
  }
  into.type = bytes[from] ?? 0
  const isNegative = bytes[at] === MINUS
  if (isNegative) at++
  const seconds = number(DOT)
  into.seconds = isNegative ? -seconds : seconds
  // find prints ten digits; nanoseconds have nine.
  into.nanoseconds = Math.floor(number(SPACE) / 10)
  number(SPACE)
  into.device = number(SPACE)
  into.inode = number(SPACE)
  into.uid = number(SPACE)
  number(SPACE)
  into.bytes = bytes
  into.start = at
  into.end = end
  into.nameStart = at
  into.depth = 0
  for (let index = at; index < end; index++) {
    if (bytes[index] !== SLASH) continue
    into.depth++
    into.nameStart = index + 1
  }
}

/** The result of stat(2). */
export type SeenStats = Pick<Stats, 'dev' | 'ino' | 'uid' | 'nlink' | 'mode'>

/**
 * Why an opened entry differs from the scan, or undefined. A file that was replaced by another one of the same owner, as editors do when they save,
 * is packed in its new version; but not one with several hard links, because any user can create another link to a file of others (link(2)). A folder
 * must be the same one. `hasInodes`: called if they differ, to determine whether the file system has permanent inode numbers.
 */
export function whyNotSeen(seen: PackRecord, found: SeenStats, hasInodes: () => boolean): string | undefined {
  if (typeOf(found.mode) !== (seen.type === TYPE.holder ? TYPE.folder : seen.type)) return 'its type has changed since the scan'
  if (found.dev !== seen.device) return 'its file system has changed since the scan'
  if (found.ino === seen.inode) return undefined
  const isFolder = typeOf(found.mode) === TYPE.folder
  if (!isFolder && found.nlink <= 1 && found.uid === seen.uid) return undefined
  return hasInodes() ? `${isFolder ? 'another folder' : 'another file'} has replaced it since the scan` : undefined
}

// inode(7), "The file type and mode", by its highest four bits.
const TYPES: Readonly<Record<number, number>> = { 1: TYPE.pipe, 2: TYPE.character, 4: TYPE.folder, 6: TYPE.block, 8: TYPE.file, 10: TYPE.link }

function typeOf(mode: number): number | undefined {
  return TYPES[mode >> 12]
}

// Magic numbers of statfs(2). These file systems assign another inode number after forgetting a file.
const WITHOUT_INODES: ReadonlySet<number> = new Set([0x65735546 /* FUSE */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */])

export function keepsInodes(fileSystemType: number): boolean {
  return !WITHOUT_INODES.has(fileSystemType)
}

// Errors of this process, not of the entry.
const OUR_ERRORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/** Why an entry could not be read, in the words of the system. Undefined if the entry is not the cause. */
export function whyUnreadable(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || !/^E[A-Z0-9]+$/u.test(code) || OUR_ERRORS.has(code)) return undefined
  return error instanceof Error ? error.message.replace(/, .*/su, '') : undefined
}
