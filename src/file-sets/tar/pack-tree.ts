import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import { whyForeignHardLink } from '../../files/trust/hard-links.ts'
import { exactTimeOf, openHere, readLinkHere, statHere } from '../../files/trust/working-folder.ts'
import { type PackRecord, TYPE, whyNotSeen, whyUnreadable } from '../scan/pack-record.ts'
import { hardLinks } from './hard-links.ts'
import { sourceFolders } from './source-folders.ts'
import type { TarOutput } from './tar-output.ts'
import { BLOCK, MEMBER, padBlock, type TarMember, writeHeader } from './write-tar-header.ts'

/** A report about an entry: it is not in the archive, or was changed while it was read. */
export interface PackProblem {
  readonly kind: 'lost' | 'torn'
  readonly name: Buffer
  readonly why: string
}

export interface TreeCall {
  /** The open source. It becomes the working folder, and so do its folders. */
  readonly sourceFd: number
  /** The prefix of each path in the archive: empty, or a path with a trailing slash. */
  readonly prefix: Buffer
  /** Names by number, as far as they are known. */
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
  readonly output: TarOutput
  report(problem: PackProblem): void
}

/** Packs entries of a source one after another, as members of a tar file. */
export interface TreePacker {
  take(record: PackRecord): void
  /** Writes the end of the archive. */
  end(): void
}

// The record size of GNU tar, to which files are padded.
const RECORD_BYTES = 20 * BLOCK
const READ_BYTES = 256 * 1024

export function treePacker({ sourceFd, prefix, users, groups, output, report }: TreeCall): TreePacker {
  const folders = sourceFolders(sourceFd)
  const links = hardLinks()
  const nameOf = ({ bytes, start, end }: PackRecord) => {
    const path = bytes.subarray(start, end)
    return prefix.length === 0 ? path : Buffer.concat([prefix, path])
  }
  const factsOf = (record: PackRecord, found: Stats, entry: Buffer | string | number): Facts => {
    const { mode, uid, gid } = found
    const { seconds, nanoseconds } = timeOf(record, found, entry)
    return { mode: mode & 0o7777, uid, gid, user: users.get(uid) ?? '', group: groups.get(gid) ?? '', seconds, nanoseconds }
  }
  const addBytes = (fd: number, found: Stats, { facts, name }: { readonly facts: Facts; readonly name: Buffer }): string | undefined => {
    // Without spreading, which is slower: most entries are files.
    const { mode, uid, gid, user, group, seconds, nanoseconds } = facts
    writeHeader(output, { kind: MEMBER.file, name, mode, uid, gid, user, group, size: found.size, seconds, nanoseconds })
    const trouble = copyBytes(fd, found, output)
    if (trouble?.kind === 'lost') return trouble.why
    if (trouble !== undefined) report({ kind: 'torn', name, why: trouble.why })
    if (found.nlink > 1) links.add(found, name)
    return undefined
  }
  const addHardLink = (facts: Facts, name: Buffer, target: Buffer) => {
    writeHeader(output, { ...facts, kind: MEMBER.hardLink, name, size: 0, target })
    return undefined
  }
  const addFile = (record: PackRecord, name: Buffer): string | undefined => {
    const fd = openHere(entryOf(record))
    try {
      const found = fstatSync(fd)
      const why = whyNotSeen(record, found, folders.hasInodes) ?? (found.nlink > 1 ? whyForeignHardLink(found, folders.stats()) : undefined)
      if (why !== undefined) return why
      const facts = factsOf(record, found, fd)
      const first = found.nlink > 1 ? links.first(found) : undefined
      return first === undefined ? addBytes(fd, found, { facts, name }) : addHardLink(facts, name, first)
    } finally {
      closeSync(fd)
    }
  }
  const addOther = (record: PackRecord, name: Buffer): string | undefined => {
    const entry = entryOf(record)
    const found = statHere(entry)
    const why = whyNotSeen(record, found, folders.hasInodes)
    if (why !== undefined) return why
    const facts = factsOf(record, found, entry)
    const hasMore = found.nlink > 1 && !found.isDirectory()
    const first = hasMore ? links.first(found) : undefined
    if (first !== undefined) return addHardLink(facts, name, first)
    writeHeader(output, { ...facts, ...kindOf(found, name, entry), size: 0 })
    if (hasMore) links.add(found, name)
    return undefined
  }
  const whyLost = (record: PackRecord, name: Buffer): string | undefined => {
    try {
      return folders.standAt(record) ?? (record.type === TYPE.file ? addFile(record, name) : addOther(record, name))
    } catch (error) {
      const why = whyUnreadable(error)
      if (why === undefined) throw error
      return why
    }
  }
  return {
    take(record) {
      if (record.type !== TYPE.holder) {
        const name = nameOf(record)
        const why = whyLost(record, name)
        if (why !== undefined) report({ kind: 'lost', name, why })
      }
      if (record.type === TYPE.folder || record.type === TYPE.holder) folders.enter(record)
    },
    end() {
      const end = 2 * BLOCK
      const bytes = end + ((RECORD_BYTES - ((output.total + end) % RECORD_BYTES)) % RECORD_BYTES)
      output.reserve(bytes)
      output.buffer.fill(0, output.used, output.used + bytes)
      output.used += bytes
      output.flush()
    },
  }
}

type Facts = Omit<TarMember, 'kind' | 'name' | 'size'>

function entryOf({ bytes, nameStart, end }: PackRecord): string | Buffer {
  for (let at = nameStart; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return bytes.subarray(nameStart, end)
  return bytes.toString('latin1', nameStart, end)
}

/** The time of the scan, if it equals the current one as shown by Node.js, in doubles; otherwise the current one, in nanoseconds. */
function timeOf(seen: PackRecord, { mtimeMs }: Stats, entry: Buffer | string | number): Pick<Facts, 'seconds' | 'nanoseconds'> {
  const { seconds, nanoseconds: seenNs } = seen
  if (mtimeMs === seconds * 1000 + seenNs / 1_000_000) return seen
  const ns = exactTimeOf(entry)
  const nanoseconds = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return { seconds: Number((ns - nanoseconds) / 1_000_000_000n), nanoseconds: Number(nanoseconds) }
}

function kindOf(found: Stats, name: Buffer, entry: string | Buffer): Pick<TarMember, 'kind' | 'name' | 'target' | 'device'> {
  if (found.isDirectory()) return { kind: MEMBER.folder, name: Buffer.concat([name, Buffer.from('/')]) }
  if (found.isSymbolicLink()) return { kind: MEMBER.link, name, target: readLinkHere(entry) }
  if (found.isFIFO()) return { kind: MEMBER.pipe, name }
  return { kind: found.isBlockDevice() ? MEMBER.block : MEMBER.character, name, device: numbersOf(found.rdev) }
}

/** major(3) and minor(3) of the GNU C library, for numbers with up to 64 bits. */
function numbersOf(device: number): { readonly major: number; readonly minor: number } {
  const high = Math.floor(device / 2 ** 32)
  const low = device >>> 0
  const minorHigh = Math.floor(device / 2 ** 20) % 2 ** 24
  return { major: ((low >>> 8) & 0xfff) + (high - (high % 0x1000)), minor: (low & 0xff) + minorHigh * 0x100 }
}

/** Copies the number of bytes in the header, even if the file changes in the meantime. */
function copyBytes(fd: number, found: Stats, output: TarOutput): { readonly kind: PackProblem['kind']; readonly why: string } | undefined {
  const { size } = found
  let left = size
  let why: string | undefined
  try {
    while (left > 0) {
      const wanted = Math.min(left, READ_BYTES)
      output.reserve(wanted + BLOCK)
      const bytes = readSync(fd, output.buffer, output.used, wanted, null)
      if (bytes === 0) break
      output.used += bytes
      left -= bytes
    }
  } catch (error) {
    why = whyUnreadable(error)
    if (why === undefined) throw error
  }
  const missing = left
  fillUp(left, output)
  padBlock(output, size)
  if (why !== undefined) return { kind: 'lost', why }
  if (missing > 0) return { kind: 'torn', why: `it shrank by ${missing} bytes while being read, which are zeros in the archive` }
  // A file read in one call was not changed in between.
  if (size <= READ_BYTES) return undefined
  const after = fstatSync(fd)
  return after.ctimeMs === found.ctimeMs && after.size === size ? undefined : { kind: 'torn', why: 'it was changed while being read' }
}

function fillUp(bytes: number, output: TarOutput): void {
  for (let left = bytes; left > 0; ) {
    const some = Math.min(left, READ_BYTES)
    output.reserve(some + BLOCK)
    output.buffer.fill(0, output.used, output.used + some)
    output.used += some
    left -= some
  }
}
