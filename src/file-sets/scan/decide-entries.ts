import { isUtf8 } from 'node:buffer'
import { lstat, readlink, stat } from 'node:fs/promises'
import type { Folder } from '../../files/folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { pythonFloat } from '../../lib/python-float.ts'
import type { CompiledPatterns } from '../../plan/patterns/compile-patterns.ts'
import type { ByteFile } from '../byte-file.ts'
import { limitedNotes } from '../limited-notes.ts'
import { pathText } from '../names/path-text.ts'
import type { Entry, EntrySet } from './entry-set.ts'
import { isListable } from './list-line.ts'
import type { Packable, PackList } from './packer-list.ts'
import type { ScanRecord } from './scan-records.ts'

export type Decision = 'add' | 'equal' | 'exclude'

export interface SorterOptions {
  /** The folder of all entries. */
  readonly source: Folder
  /** The prefix of each path in the archive and list: empty, or `source` with a slash. */
  readonly prefix: string
  readonly exclude: CompiledPatterns
  /** The entries that a level 1 omits. */
  readonly base?: EntrySet
  /** The work list of the packer, and the lines of the list. Absent: nothing is written. */
  readonly files?: { readonly pack: PackList; readonly list: ByteFile; readonly settle: () => Promise<void> }
  /** Files of Holdfast that are never packed, relative to `source`; folders with all their contents. */
  readonly own: readonly string[]
  readonly onDecided?: (decision: Decision, entry: Entry) => void
  /** Why the archive cannot contain an entry of this type, as reported by find(1). */
  readonly whyNot: (type: string) => string | undefined
  readonly onSkipped: (path: string, reason: string) => void
  note(text: string): void
}

/** Decides about each entry of a tree, and writes the work list and the list. */
export interface EntrySorter {
  take(record: ScanRecord): void
  /** Must be awaited before the next batch of records. */
  settle(): Promise<void>
  /** Reports the number of omitted notes. */
  end(): void
  readonly added: number
  readonly unchanged: number
  readonly excluded: number
}

const FILE = 0x66
const FOLDER = 0x64
const LINK = 0x6c

export function entrySorter({ source, prefix, exclude, base, files, own, onDecided, whyNot, onSkipped, note }: SorterOptions): EntrySorter {
  const counts = { added: 0, unchanged: 0, excluded: 0 }
  const before = Buffer.from(prefix)
  const metadataPaths = own.map((it) => Buffer.from(it))
  const unlisted = limitedNotes('names with a line break', note)
  let links: { readonly entry: Entry; readonly packable: Packable | undefined }[] = []

  const add = (entry: Entry, packable: Packable | undefined) => {
    counts.added++
    const { bytes, start, end } = entry
    if (files === undefined || packable === undefined) return
    files.pack.add(packable)
    if (isListable(entry)) {
      files.list.add(`${pythonFloat(entry.mtime)},${entry.size},`)
      files.list.add(bytes.subarray(start, end))
      files.list.add('\n')
    } else unlisted.add(`"${pathText(bytes, start, end)}" has a line break in its name, so it cannot be listed, and each level 1 packs it again`)
  }
  const decide = (entry: Entry, packable: () => Packable | undefined) => {
    if (base?.has(entry)) {
      counts.unchanged++
      onDecided?.('equal', entry)
    } else {
      add(entry, packable())
      onDecided?.('add', entry)
    }
  }
  const take = (record: ScanRecord) => {
    if (record.type === FOLDER) files?.pack.enter(record)
    if (metadataPaths.some((path) => isWithin(record, path))) return
    const entry = prefix === '' ? record : prefixed(record, before)
    const refusal = isOrdinary(record.type) ? undefined : whyNot(String.fromCharCode(record.type))
    if (!exclude.isEmpty && exclude.matches(pathText(entry.bytes, entry.start, entry.end))) {
      counts.excluded++
      onDecided?.('exclude', entry)
    } else if (refusal !== undefined) {
      onSkipped(pathText(entry.bytes, entry.start, entry.end), refusal)
    } else takeOrdinary(record, entry)
  }
  const takeOrdinary = (record: ScanRecord, entry: Entry) => {
    if (record.type === LINK) links.push({ entry: copyOf(entry), packable: kept(files?.pack.keep(record)) })
    else decide(entry, () => files?.pack.keep(record))
  }
  const settle = async () => {
    const waiting = links
    links = []
    for (let at = 0; at < waiting.length; at += 64) {
      const some = waiting.slice(at, at + 64)
      const entries = await Promise.all(some.map((it) => asTarget(it.entry, source, before.length)))
      entries.forEach((entry, index) => {
        decide(entry, () => some[index]?.packable)
      })
    }
    await files?.settle()
    await files?.list.drain()
  }
  return {
    take,
    settle,
    end() {
      unlisted.end()
    },
    get added() {
      return counts.added
    },
    get unchanged() {
      return counts.unchanged
    },
    get excluded() {
      return counts.excluded
    },
  }
}

function isOrdinary(type: number): boolean {
  return type === FILE || type === FOLDER || type === LINK
}

/**
 * A link to a file counts as changed if its target has changed: lists have always contained the target's size and time. Any other link is listed as
 * itself, as is one whose owner may not be allowed to see these facts.
 */
async function asTarget(entry: Entry, source: Folder, skip: number): Promise<Entry> {
  const { bytes, start, end } = entry
  const name = bytes.subarray(start + skip, end)
  const path = Buffer.concat([Buffer.from(`/proc/self/fd/${source.fd}/`), name])
  const [link, target] = await Promise.all([lstat(path), stat(path, { bigint: true })]).catch(() => [])
  if (link === undefined || target?.isFile() !== true) return entry
  if (link.uid !== 0 && link.uid !== ownTruster().uid && !(await isVisible(source, Buffer.from(name)))) return entry
  return { ...entry, mtime: secondsOf(target.mtimeNs), size: Number(target.size) }
}

/** Whether all links on the path belong to root, to this user or to the owner of the file, or all users can read the file. */
async function isVisible(source: Folder, name: Buffer): Promise<boolean> {
  if (!isUtf8(name)) return false
  const walked = await walkPath(`${await readlink(`/proc/self/fd/${source.fd}`)}/${name.toString()}`, ownTruster()).catch(() => undefined)
  if (walked === undefined) return false
  await closeWalked(walked)
  const trusted = new Set([0, ownTruster().uid, walked.uid])
  return walked.isOpenToAll || walked.links.every((uid) => trusted.has(uid))
}

/** Seconds as a double, as in all lists. */
function secondsOf(ns: bigint): number {
  const nanoseconds = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  return Number((ns - nanoseconds) / 1_000_000_000n) + 1e-9 * Number(nanoseconds)
}

function prefixed(record: ScanRecord, before: Buffer): Entry {
  const bytes = Buffer.concat([before, record.bytes.subarray(record.start, record.end)])
  return { mtime: record.mtime, size: record.size, bytes, start: 0, end: bytes.length }
}

function kept(packable: Packable | undefined): Packable | undefined {
  return packable && { ...packable, raw: Buffer.from(packable.raw) }
}

function copyOf({ mtime, size, bytes, start, end }: Entry): Entry {
  const path = Buffer.from(bytes.subarray(start, end))
  return { mtime, size, bytes: path, start: 0, end: path.length }
}

function isWithin({ bytes, start, end }: ScanRecord, path: Buffer): boolean {
  const length = end - start
  if (length < path.length || bytes.compare(path, 0, path.length, start, start + path.length) !== 0) return false
  return length === path.length || bytes[start + path.length] === 0x2f
}
