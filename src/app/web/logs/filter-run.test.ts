import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { RecordedPart } from '../../../journal/run-record.ts'
import { filterRun } from './filter-run.ts'
import type { ReadRows } from './index-run.ts'
import { openRunLines } from './run-lines.ts'

const LINES_OF_ROW = 1000

/** A log in which each line, or each line of some kind, is found; its rows are made when they are read. */
function longLog(rows: number): ReadRows {
  const row = (number: number): RecordedPart => {
    const lines = Array.from({ length: LINES_OF_ROW }, (_, at) => `line ${(number - 1) * LINES_OF_ROW + at}\n`)
    return { number, at: new Date(0), kind: 'stdout', level: 0, text: lines.join('') }
  }
  return async (from, limit) => Array.from({ length: Math.max(0, Math.min(limit, rows + 1 - from)) }, (_, at) => row(from + at))
}

function usedHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('the lines that a filter leaves', () => {
  it('are found with any number of places in memory', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { maxLength: 200 }),
        fc.record({ most: fc.integer({ min: 2, max: 40 }), perRow: fc.integer({ min: 1, max: 9 }), isOpen: fc.boolean() }),
        fc.record({ from: fc.nat(220), count: fc.integer({ min: 1, max: 60 }) }),
        async (lines, { most, perRow, isOpen }, { from, count }) => {
          const text = lines.map((it) => `${it}\n`).join('')
          const pieces = (isOpen ? text.slice(0, -1) : text).match(new RegExp(`.{1,${perRow}}`, 'gsu')) ?? []
          const rows = pieces.map((piece, index): RecordedPart => ({ number: index + 1, at: new Date(0), kind: 'stdout', level: 0, text: piece }))
          const filtered = filterRun(async (first, limit) => rows.slice(first - 1, first - 1 + limit), { q: 'A' }, most)
          await filtered.advance()
          const wanted = lines.map((it, number) => [number, it] as const).filter(([, it]) => it.includes('a'))
          assert.equal(filtered.total, wanted.length)
          assert.equal(await filtered.before(from), wanted.filter(([number]) => number < from).length)
          const read = await filtered.read(from, count)
          assert.deepEqual(
            read.map((it) => [it.number, it.text]),
            wanted.slice(from, from + count),
          )
        },
      ),
      { numRuns: 200 },
    ))

  it('require the same memory if every line of a long log is found', async () => {
    const filtered = filterRun(longLog(600), { q: 'LINE' })
    const before = usedHeap()
    await filtered.advance()
    const grown = usedHeap() - before
    assert.equal(filtered.total, 600_000)
    assert.ok(grown < 2 * 1024 * 1024, `${grown} bytes for 600,000 lines`)
    assert.deepEqual(
      (await filtered.read(599_998, 5)).map(({ number, text }) => [number, text]),
      [
        [599_998, 'line 599998'],
        [599_999, 'line 599999'],
      ],
    )
    assert.equal(await filtered.before(123_457), 123_457)
  })
})

it('what was found is kept only for some time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const rows = longLog(3)
  let beginnings = 0
  const lines = openRunLines({
    logRows: (_, { from, limit }) => {
      if (from === 1) beginnings += 1
      return rows(from, limit)
    },
  })
  const search = async () => (await lines.search('run', { q: 'line', from: 2999, limit: 5 })).lines.length
  assert.equal(await search(), 1)
  assert.equal(await search(), 1)
  t.mock.timers.tick(110_000)
  assert.equal(await search(), 1)
  t.mock.timers.tick(110_000)
  assert.equal(await search(), 1)
  assert.equal(beginnings, 1)
  t.mock.timers.tick(121_000)
  assert.equal(await search(), 1)
  assert.equal(beginnings, 2)
})
