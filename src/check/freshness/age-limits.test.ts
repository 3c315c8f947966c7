import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideAgeLimits } from './age-limits.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('the limits of age', () => {
  const schedule = (...words: string[]) => ({ words, jitterMs: 20 * MINUTE, catchUp: false })

  it('are those of the check, where it names any', () => {
    assert.deepEqual(decideAgeLimits({ warnMs: 1 }, schedule('daily')), { warnMs: 1 })
    assert.deepEqual(decideAgeLimits({ failMs: 2 }, undefined), { failMs: 2 })
  })

  it('follow from the schedule: one run may be late, two may not be missing', () => {
    assert.deepEqual(decideAgeLimits({}, schedule('daily')), { warnMs: 30 * HOUR + 20 * MINUTE, failMs: 54 * HOUR + 20 * MINUTE })
    assert.deepEqual(decideAgeLimits({}, schedule('hourly')), { warnMs: 3 * HOUR + 20 * MINUTE, failMs: 4 * HOUR + 20 * MINUTE })
  })

  it('do not exist without a supported schedule', () => {
    assert.deepEqual(decideAgeLimits({}, undefined), {})
    assert.deepEqual(decideAgeLimits({}, schedule('@reboot')), {})
  })
})
