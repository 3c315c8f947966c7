import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dumpLosses } from './dump-losses.ts'

type Rows = Readonly<Record<string, number>>

function dump(rows: Rows, { databases = [], tables = Object.keys(rows).length }: { databases?: readonly string[]; tables?: number } = {}) {
  const encodings = databases.length === 0 ? {} : { encodings: Object.fromEntries(databases.map((name) => [name, 'UTF8'])) }
  return { bytes: 1, sha256: 'a'.repeat(64), created: tables === 0 ? {} : { table: tables }, rows, ...encodings }
}

describe('what a dump has lost since the last set', () => {
  it('is all rows or tables of an object, however few', () => {
    assert.deepEqual(dumpLosses(dump({ a: 0, b: 0 }), dump({ a: 2, b: 1 })), ['number of rows: 0, 3 in the last set'])
    assert.deepEqual(dumpLosses(dump({}), dump({ a: 0 })), ['number of tables: 0, 1 in the last set'])
    // Only the structure.
    assert.deepEqual(dumpLosses(dump({}, { tables: 2 }), dump({ a: 2, b: 0 })), ['number of rows: 0, 2 in the last set'])
  })

  it('is nearly all rows, unless they are compared with a longer history', () => {
    assert.deepEqual(dumpLosses(dump({ a: 24 }), dump({ a: 100 })), ['number of rows: 24, 100 in the last set'])
    assert.deepEqual(dumpLosses(dump({ a: 24 }), dump({ a: 100 }), true), [])
    for (const [now, last] of [
      [25, 100],
      [1, 99],
      [0, 0],
      [5, 0],
    ] as const)
      assert.deepEqual(dumpLosses(dump({ a: now }), dump({ a: last })), [])
  })

  it('is a database, or all rows of one, among others', () => {
    const last = dump({ 'a/t': 900, 'b/t': 100, 'c/t': 99 }, { databases: ['a', 'b', 'c', 'empty'] })
    assert.deepEqual(dumpLosses(dump({ 'a/t': 900, 'b/t': 0, 'c/t': 0 }, { databases: ['a', 'b', 'c'] }), last), [
      'rows of the database "b": 0, 100 in the last set',
      'the database "empty", which the last set contains, is missing',
    ])
    assert.deepEqual(dumpLosses(last, dump({ 'a/t': 900 }, { databases: ['a'] })), [])
  })

  it('is nothing, if what was dumped is not known', () => {
    const { rows: _, ...unknown } = dump({ a: 1 })
    for (const [now, last] of [
      [unknown, dump({ a: 1 })],
      [dump({}), unknown],
      [undefined, dump({ a: 1 })],
      [dump({}), undefined],
    ] as const)
      assert.deepEqual(dumpLosses(now, last), [])
  })
})
