import type { TarOutput } from './tar-output.ts'

// POSIX.1-2017, pax(1), "ustar Interchange Format" and "pax Header Block"; numbers in brackets are offsets in it.

export const BLOCK = 512

/** The type of a member: file, hard link, symbolic link, character device, block device, folder, pipe. */
export const MEMBER = { file: 0x30, hardLink: 0x31, link: 0x32, character: 0x33, block: 0x34, folder: 0x35, pipe: 0x36 } as const

export interface TarMember {
  readonly kind: (typeof MEMBER)[keyof typeof MEMBER]
  /** For a folder with a trailing slash. */
  readonly name: Buffer
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
  readonly size: number
  readonly seconds: number
  readonly nanoseconds: number
  readonly target?: Buffer
  readonly device?: { readonly major: number; readonly minor: number }
}

const MAX_7 = 0o7777777
const MAX_11 = 0o77777777777
const NAME_BYTES = 100
const USER_BYTES = 31
const EXTENDED = 0x78
const EXTENDED_NAME = Buffer.from('PaxHeaders/entry')
const EMPTY = Buffer.alloc(0)
const MAGIC = Buffer.from('ustar\x0000', 'latin1')

/** Writes the headers of a member: one block, preceded by two or more if its name, time or numbers require them. The contents follow, then `padBlock`. */
export function writeHeader(output: TarOutput, member: TarMember): void {
  const extended = extendedOf(member)
  const hasTime = isTimeBeyond(member)
  if (hasTime && extended === '' && hasOrdinaryTime(member)) writeTimeOnly(output, member)
  else if (hasTime || extended !== '')
    writeExtended(output, extended + (hasTime ? recordOf('mtime', decimalOf(member.seconds, member.nanoseconds)) : ''))
  output.reserve(BLOCK)
  writeBlock(output, member)
}

/** Pads the last block of `bytes`. */
export function padBlock(output: TarOutput, bytes: number): void {
  const rest = (BLOCK - (bytes % BLOCK)) % BLOCK
  output.buffer.fill(0, output.used, output.used + rest)
  output.used += rest
}

function writeExtended(output: TarOutput, text: string): void {
  output.reserve(2 * BLOCK + text.length)
  writeBlock(output, { ...PLAIN, kind: EXTENDED, name: EXTENDED_NAME, size: text.length })
  output.used += output.buffer.write(text, output.used, 'latin1')
  padBlock(output, text.length)
}

const PLAIN = { mode: 0o644, uid: 0, gid: 0, user: '', group: '', seconds: 0, nanoseconds: 0 } as const

// Nearly all members have an extended header that contains only a time of this length: it is copied, and the digits are replaced.
const ORDINARY_TIME = recordOf('mtime', decimalOf(1e9, 1))
const SECONDS_DIGITS = 10
const NANOSECONDS_DIGITS = 9
const TIME_BLOCKS = Buffer.alloc(2 * BLOCK)
writeExtended({ buffer: TIME_BLOCKS, used: 0, total: 0, reserve: () => undefined, flush: () => undefined }, ORDINARY_TIME)
const SECONDS_AT = BLOCK + ORDINARY_TIME.indexOf('=') + 1
const NANOSECONDS_AT = SECONDS_AT + SECONDS_DIGITS + 1

function hasOrdinaryTime({ seconds, nanoseconds }: TarMember): boolean {
  return nanoseconds > 0 && seconds >= 1e9 && seconds < 1e10
}

function writeTimeOnly(output: TarOutput, { seconds, nanoseconds }: TarMember): void {
  output.reserve(2 * BLOCK)
  const { buffer, used: at } = output
  buffer.set(TIME_BLOCKS, at)
  // Integers above 32 bits are slow.
  const high = Math.floor(seconds / 1e5)
  decimal(buffer, at + SECONDS_AT, { digits: SECONDS_DIGITS / 2, value: high })
  decimal(buffer, at + SECONDS_AT + SECONDS_DIGITS / 2, { digits: SECONDS_DIGITS / 2, value: seconds - high * 1e5 })
  decimal(buffer, at + NANOSECONDS_AT, { digits: NANOSECONDS_DIGITS, value: nanoseconds })
  output.used = at + 2 * BLOCK
}

function decimal(buffer: Buffer, start: number, { digits, value }: { readonly digits: number; readonly value: number }): void {
  let rest = value | 0
  for (let at = start + digits - 1; at >= start; at--) {
    const next = (rest / 10) | 0
    buffer[at] = 0x30 + rest - next * 10
    rest = next
  }
}

function writeBlock(output: TarOutput, member: Omit<TarMember, 'kind'> & { readonly kind: number }): void {
  const { buffer, used: at } = output
  const { kind, name, mode, uid, gid, user, group, size, seconds, target = EMPTY, device } = member
  buffer.fill(0, at, at + BLOCK)
  const nameBytes = name.copy(buffer, at, 0, NAME_BYTES)
  octal(buffer, at + 100, { digits: 7, value: mode })
  octal(buffer, at + 108, { digits: 7, value: uid <= MAX_7 ? uid : 0 })
  octal(buffer, at + 116, { digits: 7, value: gid <= MAX_7 ? gid : 0 })
  octal(buffer, at + 124, { digits: 11, value: size <= MAX_11 ? size : 0 })
  octal(buffer, at + 136, { digits: 11, value: seconds >= 0 && seconds <= MAX_11 ? seconds : 0 })
  buffer[at + 156] = kind
  const targetBytes = target.length === 0 ? 0 : target.copy(buffer, at + 157, 0, NAME_BYTES)
  buffer.set(MAGIC, at + 257)
  const userBytes = user === '' ? 0 : buffer.write(user, at + 265, USER_BYTES, 'latin1')
  const groupBytes = group === '' ? 0 : buffer.write(group, at + 297, USER_BYTES, 'latin1')
  octal(buffer, at + 329, { digits: 7, value: device?.major ?? 0 })
  octal(buffer, at + 337, { digits: 7, value: device?.minor ?? 0 })
  // For the checksum, its own eight bytes count as blanks. All bytes that are not added are zero.
  const sum =
    8 * 0x20 +
    sumOf(buffer, at, nameBytes) +
    sumOf(buffer, at + 100, 57 + targetBytes) +
    sumOf(buffer, at + 257, 8 + userBytes) +
    sumOf(buffer, at + 297, groupBytes) +
    sumOf(buffer, at + 329, 16)
  octal(buffer, at + 148, { digits: 6, value: sum })
  buffer[at + 155] = 0x20
  output.used = at + BLOCK
}

function sumOf(buffer: Buffer, start: number, bytes: number): number {
  let sum = 0
  for (let index = start; index < start + bytes; index++) sum += buffer[index] ?? 0
  return sum
}

function octal(buffer: Buffer, start: number, { digits, value }: { readonly digits: number; readonly value: number }): void {
  let rest = value
  let at = start + digits - 1
  // Bit operations are faster than divisions, and nearly always sufficient.
  for (; rest > 0x7fff_ffff; at--) {
    buffer[at] = 0x30 + (rest % 8)
    rest = Math.floor(rest / 8)
  }
  for (; at >= start; at--) {
    buffer[at] = 0x30 | (rest & 7)
    rest >>>= 3
  }
}

function isTimeBeyond({ seconds, nanoseconds }: TarMember): boolean {
  return nanoseconds !== 0 || seconds < 0 || seconds > MAX_11
}

/** Other values than the time that do not fit in the header block, as records of an extended header, in a latin1 string, which is faster to concatenate. */
function extendedOf({ name, target, size, uid, gid, user, group }: TarMember): string {
  let text = ''
  if (isBeyond(name)) text += recordOf('path', name.toString('latin1'))
  if (target !== undefined && isBeyond(target)) text += recordOf('linkpath', target.toString('latin1'))
  if (size > MAX_11) text += recordOf('size', String(size))
  if (uid > MAX_7) text += recordOf('uid', String(uid))
  if (gid > MAX_7) text += recordOf('gid', String(gid))
  if (isLongName(user)) text += recordOf('uname', Buffer.from(user).toString('latin1'))
  if (isLongName(group)) text += recordOf('gname', Buffer.from(group).toString('latin1'))
  return text
}

function isBeyond(name: Buffer): boolean {
  if (name.length > NAME_BYTES) return true
  for (let index = 0; index < name.length; index++) if ((name[index] ?? 0) > 0x7f) return true
  return false
}

// Names of users and groups: there are few.
const long = new Map<string, boolean>()

function isLongName(name: string): boolean {
  const known = long.get(name)
  if (known !== undefined) return known
  const isLong = name.length > USER_BYTES || /[^\0-\x7f]/u.test(name)
  long.set(name, isLong)
  return isLong
}

/** A record starts with its own length, including the digits of the length. */
function recordOf(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`
  let length = rest.length + 2
  while (rest.length + String(length).length > length) length++
  return `${rest.length < 9 ? rest.length + 1 : length}${rest}`
}

/** As a decimal number: before 1970, the fraction counts backwards. */
function decimalOf(seconds: number, nanoseconds: number): string {
  const isNegative = seconds < 0
  const whole = isNegative ? -seconds - (nanoseconds === 0 ? 0 : 1) : seconds
  const fraction = isNegative && nanoseconds !== 0 ? 1_000_000_000 - nanoseconds : nanoseconds
  return `${isNegative ? '-' : ''}${whole}${fraction === 0 ? '' : `.${String(fraction).padStart(9, '0')}`}`
}
