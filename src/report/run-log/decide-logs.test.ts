import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decideLogs } from './decide-logs.ts'
import { stampOf } from './log-record.ts'

const now = new Date(2026, 2, 1, 2, 40)
const daysAgo = (days: number) => stampOf(new Date(now.getTime() - days * 86_400_000))
const aRun = fc.record({ tag: fc.constantFrom('a', 'b'), stamp: fc.integer({ min: -5, max: 1000 }).map(daysAgo), bytes: fc.nat(1000) })
const limits = fc.record({ days: fc.integer({ min: 1, max: 900 }), bytes: fc.nat(5000) })

describe('logs that go', () => {
  it('are those that are too old, then the oldest until the rest is small enough', () => {
    const runs = [400, 401, 1, 2, 3].map((days) => ({ tag: 'a', stamp: daysAgo(days), bytes: 10 }))
    const gone = (days: number, bytes: number) => decideLogs(runs, { days, bytes }, now).map(({ stamp }) => stamp)
    assert.deepEqual(gone(400, 1000), [daysAgo(401)])
    assert.deepEqual(gone(1000, 30), [daysAgo(401), daysAgo(400)])
    assert.deepEqual(gone(1, 1), [401, 400, 3, 2].map(daysAgo))
  })

  it('are never the newest of a tag, and what stays keeps to the limits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(aRun, { selector: ({ tag, stamp }) => tag + stamp }), limits, (runs, limit) => {
        const gone = new Set(decideLogs(runs, limit, now))
        const left = runs.filter((it) => !gone.has(it))
        for (const tag of ['a', 'b']) {
          const newest = runs.filter((it) => it.tag === tag).toSorted((x, y) => (x.stamp < y.stamp ? 1 : -1))[0]
          if (newest) assert.ok(left.includes(newest))
        }
        assert.deepEqual(decideLogs(left, limit, now), [])
        const bytes = left.reduce((sum, it) => sum + it.bytes, 0)
        assert.ok(bytes <= limit.bytes || left.length <= 2)
      }),
    )
  })
})
