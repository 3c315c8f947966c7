import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sampleMembers } from './member-sample.ts'

it('samples small files that are not empty, each with the same chance', () => {
  const [rounds, members] = [2000, 96]
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const sample = sampleMembers(repeatable(round + 1))
    for (let index = 0; index < members; index++) {
      sample.see({ name: String(index), bytes: 1 + index })
      sample.see({ name: 'empty', bytes: 0 })
      sample.see({ name: 'large', bytes: 1024 * 1024 })
    }
    const names = sample.found().map(({ name }) => name)
    assert.deepEqual([names.length, new Set(names).size], [48, 48])
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  // A half, with a standard deviation of 22.
  for (let index = 0; index < members; index++) assert.ok(Math.abs((counts.get(String(index)) ?? 0) - rounds / 2) < 150, String(index))
  assert.equal(counts.size, members)
})

it('samples all of a few', () => {
  const sample = sampleMembers()
  for (const name of ['b', 'a']) sample.see({ name, bytes: 1 })
  const names = () =>
    sample
      .found()
      .map(({ name }) => name)
      .join('')
  assert.deepEqual([...names()].toSorted(), ['a', 'b'])
  // Their order is another one each time.
  assert.equal(new Set(Array.from({ length: 200 }, names)).size, 2)
})

/** A generator that gives the same numbers each time (Mulberry32). */
function repeatable(seed: number): () => number {
  let state = seed * 0x9e3779b1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
