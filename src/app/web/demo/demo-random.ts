/**
 * Numbers from 0 to 1 (exclusive), the same sequence for the same seed, so that the demonstration always looks the same. mulberry32 by T. Ettinger,
 * public domain.
 */
export function demoRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
