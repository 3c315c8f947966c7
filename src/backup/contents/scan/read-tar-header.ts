import { isUtf8 } from 'node:buffer'
import { bare } from '../../filter/restore-commands.ts'
import type { ContentEntry } from '../entry.ts'

export const BLOCK = 512

/** A header block of a tar archive (POSIX.1-2024 "pax"; GNU tar manual, "Basic Tar Format"; tar(5) of libarchive). */
export interface TarHeader {
  readonly type: string
  readonly name: Buffer
  readonly linkName: Buffer
  readonly bytes: number
  readonly mode: number
  readonly modified: number
  readonly owner: Owner
  readonly group: Owner
  /** Of a device. */
  readonly device: readonly [major: number, minor: number]
  /** Old GNU sparse files: the size when unpacked, and whether another block with their map follows. */
  readonly sparse?: { readonly bytes: number; readonly continues: boolean }
}

/** The user or the group. */
interface Owner {
  /** Empty if there is none. */
  readonly name: Buffer
  readonly id: string
}

/** Those records of an extended header that are used here. An archive may contain any number of others of any size. */
const KEYWORDS = [
  ...['path', 'linkpath', 'size', 'mtime', 'uname', 'uid', 'gname', 'gid'],
  ...['GNU.sparse.name', 'GNU.sparse.realsize', 'GNU.sparse.size'],
] as const
/** `attributes`: there is a record of an access control list or an extended attribute, without its value, which may be large. */
export type Keyword = (typeof KEYWORDS)[number] | 'attributes'
const KNOWN: ReadonlyMap<string, Keyword> = new Map(KEYWORDS.map((it) => [it, it]))
const ATTRIBUTE = /^SCHILY\.(?:acl|xattr)\./u
const NO_VALUE = Buffer.alloc(0)

/** Records of an extended header by their keywords. */
export type PaxRecords = ReadonlyMap<Keyword, Buffer>

/** The end of the archive is a block of zeros. Undefined if the checksum is wrong. */
export function readTarHeader(block: Buffer): TarHeader | 'end' | undefined {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return 'end'
  if (!isChecksumRight(block)) return undefined
  const type = String.fromCharCode(block[156] ?? 0)
  const name = textAt(block, 0, 100)
  // In GNU's own format, other fields are in place of the prefix.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textAt(block, 345, 155) : Buffer.alloc(0)
  return {
    type: type === '\0' ? '0' : type,
    name: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name,
    linkName: textAt(block, 157, 100),
    bytes: numberAt(block, 124, 12),
    mode: numberAt(block, 100, 8) & 0o7777,
    modified: numberAt(block, 136, 12),
    owner: ownerAt(block, { name: 265, number: 108 }),
    group: ownerAt(block, { name: 297, number: 116 }),
    device: [numberAt(block, 329, 8), numberAt(block, 337, 8)],
    ...(type === 'S' && { sparse: { bytes: numberAt(block, 483, 12), continues: block[482] !== 0 } }),
  }
}

function isChecksumRight(block: Buffer): boolean {
  let unsigned = 8 * 0x20
  let signed = unsigned
  for (let at = 0; at < BLOCK; at += 1) {
    // The checksum itself counts as blanks.
    const byte = at >= 148 && at < 156 ? 0 : (block[at] ?? 0)
    unsigned += byte
    signed += byte < 128 ? byte : byte - 256
  }
  const wanted = numberAt(block, 148, 8)
  return wanted === unsigned || wanted === signed
}

/** Octal digits, or base 256 with the first bit set (GNU). NaN for anything else. */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length)
  const first = field[0] ?? 0
  if ((first & 0x80) === 0) {
    const text = field.toString('latin1').replaceAll('\0', ' ').trim()
    return text === '' ? 0 : /^[0-7]+$/u.test(text) ? Number.parseInt(text, 8) : Number.NaN
  }
  const isNegative = first === 0xff
  let value = isNegative ? -1 : first & 0x7f
  for (const byte of field.subarray(1)) value = value * 256 + byte
  return value
}

function textAt(block: Buffer, at: number, length: number): Buffer {
  const end = block.indexOf(0, at)
  // A copy: the block is used again.
  return Buffer.from(block.subarray(at, end === -1 || end > at + length ? at + length : end))
}

function ownerAt(block: Buffer, { name, number }: { readonly name: number; readonly number: number }): Owner {
  const isUstar = block.toString('latin1', 257, 262) === 'ustar'
  return { name: isUstar ? textAt(block, name, 32) : Buffer.alloc(0), id: String(numberAt(block, number, 8)) }
}

/** The name of the user or group; without one, the number. */
export function ownerName(header: TarHeader, pax: PaxRecords, of: 'owner' | 'group'): Buffer {
  const [name, id] = of === 'owner' ? [pax.get('uname'), pax.get('uid')] : [pax.get('gname'), pax.get('gid')]
  const text = name ?? header[of].name
  return text.length > 0 ? text : (id ?? Buffer.from(header[of].id))
}

/** The records of an extended header that are used, as copies: `LENGTH KEYWORD=VALUE\n`. What does not have this form ends it. */
export function readPaxRecords(bytes: Buffer): Map<Keyword, Buffer> {
  const records = new Map<Keyword, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    const length = /^(?<length>\d{1,10}) /u.exec(bytes.toString('latin1', at, at + 12))?.groups?.['length']
    const end = at + Number(length)
    const equals = bytes.indexOf('=', at)
    if (length === undefined || end > bytes.length || equals === -1 || equals >= end) break
    const name = bytes.toString('latin1', at + length.length + 1, equals)
    const keyword = KNOWN.get(name)
    if (keyword !== undefined) records.set(keyword, Buffer.from(bytes.subarray(equals + 1, end - 1)))
    else if (ATTRIBUTE.test(name)) records.set('attributes', NO_VALUE)
    at = end
  }
  return records
}

export function pathIn(header: TarHeader, pax: PaxRecords): Buffer {
  return pax.get('GNU.sparse.name') ?? pax.get('path') ?? header.name
}

export function targetIn(header: TarHeader, pax: PaxRecords): Buffer {
  return pax.get('linkpath') ?? header.linkName
}

/** A member as described by its header and the extended headers before it. */
export function tarEntry(header: TarHeader, pax: PaxRecords): ContentEntry {
  const path = pathIn(header, pax)
  const kind = kindOf(header.type, path)
  const link = targetIn(header, pax)
  const modified = isoOf(millisOf(pax) ?? header.modified * 1000)
  return {
    ...pathOf(path),
    kind,
    ...(kind === 'file' && { bytes: unpackedBytes(header, pax) }),
    ...(modified !== undefined && { modified }),
    ...(Number.isInteger(header.mode) && { mode: header.mode }),
    owner: ownerName(header, pax, 'owner').toString(),
    group: ownerName(header, pax, 'group').toString(),
    ...(kind === 'link' && { target: link.toString() }),
    ...(header.type === '1' && { isHard: true as const }),
  }
}

/** The bytes of the member's data in the archive. NaN if invalid. */
export function storedBytes(header: TarHeader, pax: PaxRecords): number {
  // Hard links have none, whatever the header contains (list.c of GNU tar).
  return header.type === '1' ? 0 : (numeric(pax, 'size') ?? header.bytes)
}

/** Whether the data in the archive differs from the contents of the file. */
export function isSparse(header: TarHeader, pax: PaxRecords): boolean {
  return header.sparse !== undefined || pax.has('GNU.sparse.realsize') || pax.has('GNU.sparse.size')
}

export function unpackedBytes(header: TarHeader, pax: PaxRecords): number {
  const bytes = numeric(pax, 'GNU.sparse.realsize') ?? numeric(pax, 'GNU.sparse.size') ?? header.sparse?.bytes ?? storedBytes(header, pax)
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : 0
}

function kindOf(type: string, path: Buffer): ContentEntry['kind'] {
  if (type === '5' || type === 'D') return 'folder'
  if (type === '1' || type === '2') return 'link'
  if (type === '3' || type === '4' || type === '6') return 'other'
  // Before POSIX, folders were files whose name ends with a slash.
  return path.at(-1) === 0x2f ? 'folder' : 'file'
}

function pathOf(name: Buffer): Pick<ContentEntry, 'path' | 'rawPath'> {
  const bytes = Buffer.from(bare(name.toString('latin1')), 'latin1')
  const path = bytes.length === 0 ? '.' : bytes.toString()
  return isUtf8(bytes) ? { path } : { path, rawPath: bytes.toString('base64') }
}

function numeric(pax: PaxRecords, key: Keyword): number | undefined {
  const text = pax.get(key)?.toString('latin1')
  return text !== undefined && /^-?\d+(?:\.\d*)?$/u.test(text) ? Number(text) : undefined
}

/** Exact: the fraction of a number of seconds may round to the next one. */
function millisOf(pax: PaxRecords): number | undefined {
  const { whole, digits = '' } = /^(?<whole>\d+)(?:\.(?<digits>\d*))?$/u.exec(pax.get('mtime')?.toString('latin1') ?? '')?.groups ?? {}
  if (whole !== undefined) return Number(whole) * 1000 + Number(digits.slice(0, 3).padEnd(3, '0'))
  const seconds = numeric(pax, 'mtime')
  return seconds === undefined ? undefined : seconds * 1000
}

function isoOf(millis: number): string | undefined {
  const date = new Date(Math.floor(millis))
  const year = Number.isNaN(date.getTime()) ? -1 : date.getUTCFullYear()
  return year >= 0 && year <= 9999 ? date.toISOString() : undefined
}
