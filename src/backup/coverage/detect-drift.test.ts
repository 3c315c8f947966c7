import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { describeDeparture } from './describe-departure.ts'
import { detectDrift, type Measured } from './detect-drift.ts'

const MIB = 1024 * 1024

/** Sets that change by one percent. */
function steady(count: number, of: Partial<Measured> = {}): readonly Measured[] {
  return Array.from({ length: count }, (_, index) => {
    const factor = 1 + (index % 2) / 100
    return { size: Math.round(30 * MIB * factor), count: Math.round(1_200_000 * factor), ratio: 0.31 * factor, durationMs: 120_000, ...of }
  })
}

const last: Measured = steady(1)[0] ?? assert.fail()

function words(history: readonly Measured[], now: Measured): readonly string[] {
  return detectDrift(history, now).map((it) => `${it.level}: ${describeDeparture(it)}`)
}

describe('a departure from the history', () => {
  it('is said in words, with what is usual', () => {
    assert.deepEqual(words(steady(20), { ...last, size: 2 * MIB, count: 0 }), [
      'suspicious: size: 2.0 MiB, usually 30 MiB',
      'suspicious: number of entries: 0, usually 1200000 to 1212000',
    ])
    assert.deepEqual(words(steady(20), { ...last, ratio: 0.99 }), [
      'suspicious: size after compression: 99 %, usually 31 %: it can no longer be compressed',
    ])
    const tables = { orders: 1_200_000, small: 3 }
    assert.deepEqual(words(steady(9, { tables }), { ...last, tables: { small: 0 } }), ['suspicious: rows of "orders": 0, usually 1200000'])
    assert.deepEqual(words(steady(9), { ...last, durationMs: 3_600_000 }), ['notice: duration: 1 h, usually 2 min'])
  })

  it('is a notice, if it is less than that', () => {
    assert.deepEqual(words(steady(20), { ...last, size: 24 * MIB }), ['notice: size: 24 MiB, usually 30 MiB'])
    assert.deepEqual(
      words(steady(20), { ...last, size: 24 * MIB, count: 960_000 }).map((it) => it.slice(0, 10)),
      ['suspicious', 'suspicious'],
    )
  })

  it('needs seven sets, and is never growth', () => {
    const emptied = { ...last, size: 0, count: 0 }
    assert.deepEqual([detectDrift(steady(6), emptied), detectDrift([], emptied)], [[], []])
    assert.equal(detectDrift(steady(7), emptied).length, 2)
    assert.deepEqual(detectDrift(steady(20), { ...last, size: last.size * 9, count: 9_000_000, ratio: 0.1, durationMs: 1 }), [])
  })

  it('is nothing that happens each weekend, and no table that is often empty', () => {
    const weeks = Array.from({ length: 28 }, (_, day) => ({ ...last, size: last.size * (day % 7 >= 5 ? 0.3 : 1) }))
    assert.deepEqual(detectDrift(weeks.slice(0, 26), { ...last, size: last.size * 0.3 }), [])
    const queue = steady(14).map((it, index) => ({ ...it, tables: { queue: index % 3 === 0 ? 0 : 5000 } }))
    assert.deepEqual(detectDrift(queue, { ...last, tables: { queue: 0 } }), [])
  })

  it('has the same level or a graver one, if more is lost', () => {
    const rank = (found: ReturnType<typeof detectDrift>) => (found.some(({ level }) => level === 'suspicious') ? 2 : Math.min(1, found.length))
    const aHistory = fc.array(fc.integer({ min: 1e6, max: 2e6 }), { minLength: 7, maxLength: 40 })
    fc.assert(
      fc.property(aHistory, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (sizes, a, b) => {
        const history = sizes.map((size) => ({ size, count: size }))
        const [more, less] = [Math.max(a, b), Math.min(a, b)].map((left) => rank(detectDrift(history, { size: 2e6 * left, count: 2e6 * left })))
        assert.ok((less ?? 0) >= (more ?? 0))
        // What was there before is not conspicuous.
        assert.deepEqual(detectDrift(history, { size: Math.min(...sizes.slice(-14)), count: Math.min(...sizes.slice(-14)) }), [])
      }),
    )
  })
})
