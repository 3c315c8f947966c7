import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openObjectsCache } from './objects-cache.ts'

const object = { path: 'a', bytes: 1, filters: [] }

it('a set that was read by several requests counts once', () => {
  const cache = openObjectsCache(10)
  for (let request = 0; request < 20; request += 1) cache.keep('a', [object, object])
  cache.keep('b', [object])
  assert.deepEqual([cache.get('a')?.length, cache.get('b')?.length], [2, 1])
})

it('the oldest sets are removed when there are too many objects', () => {
  const cache = openObjectsCache(5)
  for (const set of ['a', 'b', 'c']) cache.keep(set, [object])
  assert.deepEqual([cache.get('a'), cache.get('b')?.length, cache.get('c')?.length], [undefined, 1, 1])
  cache.keep(
    'd',
    Array.from({ length: 9 }, () => object),
  )
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((set) => cache.get(set)),
    [undefined, undefined, undefined, undefined],
  )
})
