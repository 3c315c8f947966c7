import { digitsAt } from './list-line.ts'

/** One entry of a tree. The bytes of its path are in a buffer that is reused: copy them to keep them. */
export interface ScanRecord {
  /** The `%y` of find(1): `f`, `d`, `l`, `p`, `s`, `b`, `c`. */
  readonly type: number
  /** Seconds since 1970 as the double `seconds + 1e-9 * nanoseconds`. */
  readonly mtime: number
  readonly size: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** The start of the whole record, which ends with the path. */
  readonly from: number
}

/** The format for `find -printf` that `recordReader` parses: type, time, size, device, inode, owner, group, path. */
export const RECORD_FORMAT = '%y%T@ %s %D %i %U %G %P\\0'

const NUL = 0
const MINUS = 0x2d
const DOT = 0x2e
const SPACE = 0x20

/** Receives the output of `find -printf RECORD_FORMAT` in pieces, and calls back for each complete record. */
export function recordReader(onRecord: (record: ScanRecord) => void): { push(chunk: Buffer): void; readonly isAtEnd: boolean } {
  let carry: Buffer | undefined
  const record: Writable = { type: 0, mtime: 0, size: 0, bytes: Buffer.alloc(0), start: 0, end: 0, from: 0 }
  return {
    push(chunk) {
      const bytes = carry === undefined ? chunk : Buffer.concat([carry, chunk])
      record.bytes = bytes
      let at = 0
      for (let end = bytes.indexOf(NUL); end >= 0; end = bytes.indexOf(NUL, at)) {
        parse(record, at, end)
        onRecord(record)
        at = end + 1
      }
      carry = at < bytes.length ? bytes.subarray(at) : undefined
    },
    get isAtEnd() {
      return carry === undefined
    },
  }
}

type Writable = { -readonly [K in keyof ScanRecord]: ScanRecord[K] }

function parse(record: Writable, from: number, end: number): void {
  const { bytes } = record
  record.type = bytes[from] ?? 0
  const isNegative = bytes[from + 1] === MINUS
  const seconds = digitsAt(bytes, isNegative ? from + 2 : from + 1)
  const hasFraction = bytes[seconds.next] === DOT
  // find prints ten digits; nanoseconds have nine.
  const fraction = hasFraction ? digitsAt(bytes, seconds.next + 1) : { value: 0, next: seconds.next }
  const nanoseconds = Math.floor(fraction.value / 10)
  record.mtime = (isNegative ? -seconds.value : seconds.value) + 1e-9 * nanoseconds
  const size = digitsAt(bytes, fraction.next + 1)
  record.size = size.value
  // Device, inode, owner and group are for the packer.
  let at = size.next
  for (let numbers = 4; numbers > 0 && at < end; at++) if (bytes[at + 1] === SPACE) numbers--
  record.start = at + 1
  record.end = end
  record.from = from
}
