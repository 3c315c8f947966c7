import { randomBytes } from 'node:crypto'

/**
 * A set of (path, mtime, size) that stores a 64-bit hash of each: 15 to 23 bytes per entry, regardless of the paths. No false negatives; the
 * probability of a false positive is (entries in the set) : 2^64. Entries that are searched in the order in which they were added, as in a scan
 * of the tree whose list this is, are found without access to memory at random.
 */
export interface EntrySet {
  /** All entries must be added before the first one is searched. */
  add(entry: Entry): void
  has(entry: Entry): boolean
  /** The number of entries that were added. */
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

// The load factor that is not exceeded.
const FULL = 0.6
const GROWTH = 1.25
// The number of entries that may have been removed or changed, one after the other, without a search in the table.
const SKIPPED = 4

export function entrySet(): EntrySet {
  const seed = randomBytes(8)
  const hash = hasher(seed.readUInt32LE(0), seed.readUInt32LE(4))
  const found: Hash = { low: 0, high: 0 }
  // Low and high word of each hash, in the order in which the entries were added.
  let hashes = new Uint32Array(2 * 1024)
  let size = 0
  // The position at which the next search begins.
  let next = 0
  let table: Uint32Array | undefined
  return {
    add(entry) {
      if (2 * size === hashes.length) {
        const old = hashes
        hashes = new Uint32Array(2 * Math.ceil(size * GROWTH))
        hashes.set(old)
      }
      hash(entry, found)
      hashes[2 * size] = found.low
      hashes[2 * size + 1] = found.high
      size++
    },
    has(entry) {
      hash(entry, found)
      const { low, high } = found
      for (let index = next; index < next + SKIPPED && index < size; index++) {
        if (hashes[2 * index] !== low || hashes[2 * index + 1] !== high) continue
        next = index + 1
        return true
      }
      table ??= tableOf(hashes, size)
      const index = indexOf(table, hashes, found)
      if (index < 0) return false
      next = index + 1
      return true
    },
    get size() {
      return size
    },
  }
}

/** An open hash table whose slots contain the position of a hash plus one, or zero. */
function tableOf(hashes: Uint32Array, size: number): Uint32Array {
  let slots = 1024
  while (size > slots * FULL) slots *= 2
  const table = new Uint32Array(slots)
  const mask = slots - 1
  for (let index = 0; index < size; index++) {
    let slot = slotOf(hashes[2 * index] ?? 0, hashes[2 * index + 1] ?? 0) & mask
    while (table[slot] !== 0) slot = (slot + 1) & mask
    table[slot] = index + 1
  }
  return table
}

/** The position of a hash, or -1. */
function indexOf(table: Uint32Array, hashes: Uint32Array, { low, high }: Hash): number {
  const mask = table.length - 1
  for (let slot = slotOf(low, high) & mask; ; slot = (slot + 1) & mask) {
    const index = (table[slot] ?? 0) - 1
    if (index < 0 || (hashes[2 * index] === low && hashes[2 * index + 1] === high)) return index
  }
}

function slotOf(low: number, high: number): number {
  return low ^ (high << 7)
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
