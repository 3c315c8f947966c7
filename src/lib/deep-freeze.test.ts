import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deepFreeze } from './deep-freeze.ts'

test('freezes everything that can be reached, through maps and sets too', () => {
  const inner = { list: [{ deep: true }] }
  const frozen = deepFreeze({ map: new Map([['a', inner]]), set: new Set([[1]]), big: 1n, text: 'x', none: undefined })
  assert.ok(Object.isFrozen(frozen))
  assert.ok(Object.isFrozen(inner))
  assert.ok(Object.isFrozen(inner.list))
  assert.ok(Object.isFrozen(inner.list[0]))
  assert.ok([...frozen.set].every((it) => Object.isFrozen(it)))
})

test('ends for circular data', () => {
  const a: { self?: unknown } = {}
  a.self = a
  assert.equal(deepFreeze(a), a)
})
