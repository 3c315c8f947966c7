import { isAscii, isUtf8 } from 'node:buffer'

// Names of fields and numbers are those of APPNOTE.TXT 6.3.10 of PKWARE; the extra field 0x5455 is Info-ZIP's (proginfo/extrafld.txt).

/** One member of a ZIP file, complete. */
export interface ZipMember {
  /** The bytes of its name; for a folder with a trailing slash. */
  readonly name: Buffer
  /** 0 stored, 8 deflated, 12 bzip2, 14 LZMA. */
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** The offset of its local header. */
  readonly offset: number
  /** As in st_mode. */
  readonly mode: number
  readonly mtime: Date
  /** Its local header has space for sizes above 4 GiB. */
  readonly isLarge: boolean
}

const MAX_32 = 0xffff_ffff
const MAX_16 = 0xffff
const UNIX = 3

export function localHeader(member: ZipMember): Buffer {
  const extra = Buffer.concat([...(member.isLarge ? [largeSizes(member, false)] : []), timestamp(member.mtime)])
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  common(header, 4, member)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, member.name, extra])
}

export function centralHeader(member: ZipMember): Buffer {
  const isLarge = member.packedBytes >= MAX_32 || member.bytes >= MAX_32 || member.offset >= MAX_32
  const extra = Buffer.concat([...(isLarge ? [largeSizes(member, true)] : []), timestamp(member.mtime)])
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE((UNIX << 8) | versionOf(member), 4)
  common(header, 6, { ...member, isLarge })
  header.writeUInt16LE(extra.length, 30)
  const isFolder = member.name.at(-1) === 0x2f
  header.writeUInt32LE(((member.mode << 16) | (isFolder ? 0x10 : 0)) >>> 0, 38)
  header.writeUInt32LE(isLarge ? MAX_32 : member.offset, 42)
  return Buffer.concat([header, member.name, extra])
}

/** The end of the file: the ZIP64 records if other fields cannot contain the numbers, and the end record. */
export function endRecords({ count, offset, bytes }: { readonly count: number; readonly offset: number; readonly bytes: number }): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  for (const at of [8, 10]) end.writeUInt16LE(Math.min(count, MAX_16), at)
  end.writeUInt32LE(Math.min(bytes, MAX_32), 12)
  end.writeUInt32LE(Math.min(offset, MAX_32), 16)
  if (count < MAX_16 && offset < MAX_32 && bytes < MAX_32) return end
  const large = Buffer.alloc(56)
  large.writeUInt32LE(0x06064b50, 0)
  large.writeBigUInt64LE(44n, 4)
  for (const at of [12, 14]) large.writeUInt16LE((UNIX << 8) | 45, at)
  for (const at of [24, 32]) large.writeBigUInt64LE(BigInt(count), at)
  large.writeBigUInt64LE(BigInt(bytes), 40)
  large.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([large, locator, end])
}

/** The fields from "version needed" to the length of the name, in the same order in both headers. */
function common(header: Buffer, at: number, member: ZipMember): void {
  const { name, method, crc, packedBytes, bytes, mtime, isLarge } = member
  const isText = !isAscii(name) && isUtf8(name)
  header.writeUInt16LE(versionOf(member), at)
  // Bit 1 of LZMA: the stream has an end mark. Bit 11: the name is UTF-8.
  header.writeUInt16LE((method === 14 ? 2 : 0) | (isText ? 0x800 : 0), at + 2)
  header.writeUInt16LE(method, at + 4)
  header.writeUInt32LE(dosTime(mtime), at + 6)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(isLarge ? MAX_32 : packedBytes, at + 14)
  header.writeUInt32LE(isLarge ? MAX_32 : bytes, at + 18)
  header.writeUInt16LE(name.length, at + 22)
}

function versionOf({ method, isLarge }: ZipMember): number {
  if (method === 14) return 63
  if (method === 12) return 46
  return isLarge ? 45 : 20
}

function largeSizes({ bytes, packedBytes, offset }: ZipMember, withOffset: boolean): Buffer {
  const extra = Buffer.alloc(withOffset ? 28 : 20)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(extra.length - 4, 2)
  extra.writeBigUInt64LE(BigInt(bytes), 4)
  extra.writeBigUInt64LE(BigInt(packedBytes), 12)
  if (withOffset) extra.writeBigUInt64LE(BigInt(offset), 20)
  return extra
}

/** The modification time in UTC, if it fits in 32 bits. */
function timestamp(mtime: Date): Buffer {
  const seconds = Math.floor(mtime.getTime() / 1000)
  if (seconds < -0x8000_0000 || seconds > 0x7fff_ffff) return Buffer.alloc(0)
  const extra = Buffer.alloc(9)
  extra.writeUInt16LE(0x5455, 0)
  extra.writeUInt16LE(5, 2)
  extra.writeUInt8(1, 4)
  extra.writeInt32LE(seconds, 5)
  return extra
}

/** Local time in steps of two seconds, from 1980 to 2107; other times are replaced by the nearest possible one. */
function dosTime(mtime: Date): number {
  const year = mtime.getFullYear()
  if (year < 1980) return 0x0021_0000
  if (year > 2107) return 0xff9f_bf7d
  const date = ((year - 1980) << 9) | ((mtime.getMonth() + 1) << 5) | mtime.getDate()
  const time = (mtime.getHours() << 11) | (mtime.getMinutes() << 5) | (mtime.getSeconds() >> 1)
  return ((date << 16) | time) >>> 0
}
