import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { unconfirmedJump } from './clock-jump.ts'

const [MINUTE, HOUR, DAY] = [60_000, 3600_000, 86_400_000]

/** Dates with these distances between them. */
function dates(...gaps: readonly number[]): readonly number[] {
  let at = Date.UTC(2026, 0, 1)
  return [at, ...gaps.map((gap) => (at += gap))]
}

const jumps = (...gaps: readonly number[]) => unconfirmedJump(dates(...gaps), 30 * DAY) !== undefined
const daily = Array<number>(10).fill(DAY)

describe('a jump of the clock', () => {
  it('is seen in a distance that those before do not explain', () => {
    assert.equal(jumps(...daily, 40 * DAY), true)
    assert.equal(jumps(...daily, 4 * DAY), true)
    assert.equal(jumps(DAY, 40 * DAY), true)
    assert.equal(jumps(40 * DAY), true, 'one date explains little')
    assert.deepEqual(unconfirmedJump([0, DAY, 11 * DAY]), { beforeMs: DAY, afterMs: 11 * DAY, explainedMs: 3 * DAY })
  })

  it('is not seen in what runs do by themselves', () => {
    assert.equal(jumps(), false)
    assert.equal(unconfirmedJump([]), undefined)
    assert.equal(jumps(...daily, DAY), false)
    assert.equal(jumps(DAY, DAY, DAY, DAY, 3 * DAY), false, 'the first weekend')
    assert.equal(jumps(5 * MINUTE, MINUTE, 20 * HOUR), false, 'runs by hand, then at night')
    assert.equal(jumps(3 * DAY, 20 * DAY, DAY, 30 * DAY), false, 'runs by hand')
    assert.equal(jumps(30 * DAY, 31 * DAY, 28 * DAY, 31 * DAY), false)
  })

  it('is measured by the time that a rule counts in', () => {
    const hourly = dates(HOUR, HOUR, HOUR, 7 * HOUR)
    assert.equal(unconfirmedJump(hourly, 30 * DAY), undefined)
    assert.ok(unconfirmedJump(hourly, DAY))
  })

  it('is confirmed by a later date at the usual distance, not by an immediate one', () => {
    assert.equal(jumps(...daily, 40 * DAY, DAY), false)
    assert.equal(jumps(...daily, 40 * DAY, 5 * MINUTE), true)
    assert.equal(jumps(...daily, 40 * DAY, 5 * MINUTE, DAY), false)
    assert.equal(jumps(40 * DAY, DAY), false)
    assert.equal(jumps(40 * DAY, MINUTE), true)
  })

  it('is no jump any more when runs have become rarer', () => {
    assert.equal(jumps(...daily, 30 * DAY), true)
    assert.equal(jumps(...daily, 30 * DAY, 30 * DAY), false)
  })

  it('is seen whatever the runs before, if it is far enough, and confirmed by the longest distance of them', () => {
    const gap = fc.integer({ min: 1, max: 400 * DAY })
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 30 }), (gaps) => {
        const far = 4 * Math.max(2 * DAY, ...gaps)
        assert.equal(jumps(...gaps, far), true)
        assert.equal(jumps(...gaps, far, Math.max(HOUR, ...gaps)), false)
      }),
    )
  })

  it('is not in distances that are alike', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MINUTE, max: 60 * DAY }),
        fc.array(fc.double({ min: 1, max: 3, noNaN: true }), { minLength: 1 }),
        (usual, factors) => {
          assert.equal(jumps(usual, ...factors.map((factor) => usual * factor)), false)
        },
      ),
    )
  })
})
