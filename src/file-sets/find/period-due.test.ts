import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parsePeriodRule } from '../../plan/times/read-period-rule.ts'
import { isDue } from './period-due.ts'

const zone = process.env['TZ']
before(() => {
  process.env['TZ'] = 'Europe/Berlin'
})
after(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

function due(text: string, began: string, last?: string): boolean {
  const rule = parsePeriodRule(text)
  assert.ok(rule)
  return isDue(rule, new Date(began), last === undefined ? undefined : new Date(last))
}

const SUNDAY = '40 2 * * 0'

describe('isDue', () => {
  it('is the minute of the run without a last copy', () => {
    assert.equal(due(SUNDAY, '2026-03-01T02:40:59'), true)
    assert.equal(due(SUNDAY, '2026-03-01T02:41:00'), false)
    assert.equal(due('* * * * *', '2026-03-01T02:41:00'), true)
  })

  it('is any minute since the last copy, once', () => {
    const last = '2026-03-01T02:40'
    for (const began of ['2026-03-08T02:40', '2026-03-08T02:42', '2026-03-11T12:00', '2027-01-01T00:00'])
      assert.equal(due(SUNDAY, began, last), true, began)
    for (const began of ['2026-03-01T02:41', '2026-03-07T23:59', '2026-03-08T02:39:59']) assert.equal(due(SUNDAY, began, last), false, began)
    assert.equal(due(SUNDAY, '2026-03-08T02:45', '2026-03-08T02:42'), false)
    // A second run in the same minute replaces the copy, as always.
    assert.equal(due(SUNDAY, '2026-03-01T02:40:30', last), true)
    assert.equal(due('0 0 30 2 *', '2026-03-11T12:00', '2020-01-01T00:00'), false)
  })

  it('is the end of a gap, and once in an hour that occurs twice', () => {
    // 02:00 … 03:00 does not exist on 28 March 2027, and exists twice on 25 October 2026.
    const spring = '2027-03-21T01:40Z'
    assert.deepEqual(
      ['2027-03-28T00:59Z', '2027-03-28T01:00Z', '2027-03-28T01:40Z'].map((began) => due(SUNDAY, began, spring)),
      [false, true, true],
    )
    assert.equal(due(SUNDAY, '2027-03-28T01:00Z'), true)
    assert.equal(due(SUNDAY, '2026-10-25T00:40Z', '2026-10-18T00:40Z'), true)
    assert.equal(due(SUNDAY, '2026-10-25T01:40Z', '2026-10-25T00:40Z'), false)
    assert.equal(due('40 * * * *', '2026-10-25T01:40Z', '2026-10-25T00:40Z'), true)
  })

  it('is not prevented by a copy from before the clock was set back', () => {
    assert.equal(due(SUNDAY, '2026-03-01T02:40', '2027-01-01T00:00'), true)
    assert.equal(due(SUNDAY, '2026-03-01T02:41', '2027-01-01T00:00'), false)
  })
})
