import { randomBytes } from 'node:crypto'

/**
 * A set of (path, mtime, size) that stores a 64-bit hash of each: 13 to 27 bytes per entry, regardless of the paths. No false negatives; the
 * probability of a false positive is (entries in the set) : 2^64.
 */
export interface EntrySet {
  add(entry: Entry): void
  has(entry: Entry): boolean
  readonly size: number
}

/** The bytes of the path: `bytes[start]` up to but not including `bytes[end]`. */
export interface Entry {
  readonly mtime: number
  readonly size: number
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

// The load factor at which the table grows.
const FULL = 0.6

export function entrySet(): EntrySet {
  const seed = randomBytes(8)
  const hash = hasher(seed.readUInt32LE(0), seed.readUInt32LE(4))
  const found: Hash = { low: 0, high: 0 }
  let table = new Uint32Array(2 * 1024)
  let size = 0
  const grow = () => {
    const old = table
    table = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) {
      const low = old[at] ?? 0
      const high = old[at + 1] ?? 0
      if (low !== 0 || high !== 0) insert(table, low, high)
    }
  }
  return {
    add(entry) {
      if (size + 1 > (table.length / 2) * FULL) grow()
      hash(entry, found)
      if (insert(table, found.low, found.high)) size++
    },
    has(entry) {
      hash(entry, found)
      const at = slotOf(table, found.low, found.high)
      return table[at] === found.low && table[at + 1] === found.high
    },
    get size() {
      return size
    },
  }
}

/** The slot that contains these 64 bits, or the free slot for them. */
function slotOf(table: Uint32Array, low: number, high: number): number {
  const mask = table.length / 2 - 1
  for (let slot = (low ^ (high << 7)) & mask; ; slot = (slot + 1) & mask) {
    const at = slot * 2
    const there = table[at]
    const above = table[at + 1]
    if ((there === low && above === high) || (there === 0 && above === 0)) return at
  }
}

function insert(table: Uint32Array, low: number, high: number): boolean {
  const at = slotOf(table, low, high)
  const isNew = table[at] === 0 && table[at + 1] === 0
  table[at] = low
  table[at + 1] = high
  return isNew
}

/** Two lanes of 32 bits, similar to MurmurHash3 (A. Appleby), with different seeds in each run, so that collisions cannot be constructed. */
function hasher(seedLow: number, seedHigh: number): (entry: Entry, result: Hash) => void {
  const number = new Float64Array(2)
  const words = new Uint32Array(number.buffer)
  return ({ mtime, size, bytes, start, end }, result) => {
    number[0] = mtime
    number[1] = size
    let low = seedLow
    let high = seedHigh
    for (let at = 0; at < 4; at++) {
      const word = words[at] ?? 0
      low = mixLow(low, word)
      high = mixHigh(high, word)
    }
    let at = start
    for (; at + 3 < end; at += 4) {
      const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
      low = mixLow(low, word)
      high = mixHigh(high, word)
    }
    let rest = end - start
    for (let shift = 8; at < end; at++, shift += 8) rest ^= (bytes[at] ?? 0) << shift
    low = mixLow(low, rest)
    high = mixHigh(high, rest)
    result.low = finish(low ^ Math.imul(high, 0x9e3779b1) ^ (end - start))
    result.high = finish(high ^ Math.imul(low, 0x7feb352d))
    // Both zero: a free slot.
    if (result.low === 0 && result.high === 0) result.high = 1
  }
}

interface Hash {
  low: number
  high: number
}

function mixLow(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
  return (mixed << 13) | (mixed >>> 19)
}

function mixHigh(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ Math.imul(word, 0x85ebca6b), 0xc2b2ae35)
  return (mixed << 15) | (mixed >>> 17)
}

function finish(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
