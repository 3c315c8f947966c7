import type { Entry } from './entry-set.ts'

const COMMA = 0x2c
const NEWLINE = 0x0a

/** Whether a list can contain it: a line break would split it into two lines. */
export function isListable({ bytes, start, end }: Entry): boolean {
  const at = (bytes as Buffer).indexOf(NEWLINE, start)
  return at < 0 || at >= end
}

/** The positions of the parts of a line. Undefined: it is damaged. */
export function parseLine(bytes: Buffer, start: number, end: number): Entry | undefined {
  return plainLine(bytes, start, end) ?? anyLine(bytes, start, end)
}

const DOT = 0x2e
// In this range, doubles are at least 2^-22 apart, and a number with at most seven decimals is at least 2^-40 away from the midpoint of two doubles.
// The sum of seconds and fraction, whose error is below 2^-53, is therefore the correctly rounded double.
const EXACT_FROM = 2 ** 30
const EXACT_BEFORE = 2 ** 32
const SCALES = [Number.NaN, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7]

/** The common form of a line, parsed without creating strings: before a level 1 starts, all lines of its base are read. */
function plainLine(bytes: Buffer, start: number, end: number): Entry | undefined {
  const seconds = digitsAt(bytes, start)
  if (bytes[seconds.next] !== DOT || seconds.value < EXACT_FROM || seconds.value >= EXACT_BEFORE) return undefined
  const decimals = digitsAt(bytes, seconds.next + 1)
  const scale = SCALES[decimals.next - seconds.next - 1]
  if (bytes[decimals.next] !== COMMA || scale === undefined) return undefined
  const size = digitsAt(bytes, decimals.next + 1)
  if (bytes[size.next] !== COMMA || size.next === decimals.next + 1 || size.next >= end || size.value > Number.MAX_SAFE_INTEGER) return undefined
  const mtime = seconds.value + decimals.value / scale
  return Number.isNaN(mtime) ? undefined : { mtime, size: size.value, bytes, start: size.next + 1, end }
}

function anyLine(bytes: Buffer, start: number, end: number): Entry | undefined {
  const first = bytes.indexOf(COMMA, start)
  const second = first < 0 ? -1 : bytes.indexOf(COMMA, first + 1)
  if (second < 0 || second >= end) return undefined
  const mtimeText = bytes.toString('latin1', start, first)
  const sizeText = bytes.toString('latin1', first + 1, second)
  const mtime = Number(mtimeText)
  const size = Number(sizeText)
  if (mtimeText === '' || sizeText === '' || !Number.isFinite(mtime) || !Number.isInteger(size)) return undefined
  return { mtime, size, bytes, start: second + 1, end }
}

const ZERO = 0x30
const NINE = 0x39

/** The number formed by the digits from `start`, and the position after them. Without digits: zero and `start`. */
export function digitsAt(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0
  let next = start
  for (let byte = bytes[next] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++next] ?? 0) value = value * 10 + (byte - ZERO)
  return { value, next }
}
