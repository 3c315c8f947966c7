import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PeriodField, PeriodRule, PeriodTerm } from '../../plan/times/period-rule.ts'
import { matchesPeriod } from './period-match.ts'

const ANY: PeriodRule = { text: '', minute: 'any', hour: 'any', day: 'any', month: 'any', weekday: 'any' }

/** The days of a month of 2026 in which the rule holds at midnight. */
function daysOf(month: number, fields: Partial<Record<'day' | 'weekday', PeriodField>>): readonly number[] {
  const last = new Date(Date.UTC(2026, month, 0)).getUTCDate()
  return Array.from({ length: last }, (_, index) => index + 1).filter((day) =>
    matchesPeriod({ ...ANY, ...fields }, { year: 2026, month, day, hour: 0, minute: 0 }),
  )
}

const values = (...numbers: number[]): readonly PeriodTerm[] => [{ kind: 'values', values: numbers }]

describe('matchesPeriod', () => {
  it('holds in the minutes named', () => {
    const rule = { ...ANY, minute: values(40), hour: values(2), month: values(3) }
    const at = { year: 2026, month: 3, day: 1, hour: 2, minute: 40 }
    assert.equal(matchesPeriod(rule, at), true)
    for (const other of [{ minute: 41 }, { hour: 3 }, { month: 4 }]) assert.equal(matchesPeriod(rule, { ...at, ...other }), false)
  })

  it('is content with one of two restricted days', () => {
    assert.deepEqual(daysOf(3, { weekday: values(0) }), [1, 8, 15, 22, 29])
    assert.deepEqual(daysOf(3, { day: values(2) }), [2])
    assert.deepEqual(daysOf(3, { day: values(2), weekday: values(0) }), [1, 2, 8, 15, 22, 29])
  })

  it('supports last days, nth weekdays and nearest working days', () => {
    assert.deepEqual(daysOf(2, { day: [{ kind: 'last' }] }), [28])
    assert.deepEqual(daysOf(3, { weekday: [{ kind: 'last', weekday: 5 }] }), [27])
    assert.deepEqual(daysOf(3, { weekday: [{ kind: 'nth-weekday', weekday: 1, nth: 2 }] }), [9])
    assert.deepEqual(daysOf(2, { weekday: [{ kind: 'nth-weekday', weekday: 1, nth: 5 }] }), [])
    // The 15th of March 2026 is a Sunday, the 14th a Saturday.
    assert.deepEqual(daysOf(3, { day: [{ kind: 'near-workday', day: 15 }] }), [16])
    assert.deepEqual(daysOf(3, { day: [{ kind: 'near-workday', day: 14 }] }), [13])
    // Never in another month: the 1st of August is a Saturday, the 31st of May a Sunday.
    assert.deepEqual(daysOf(8, { day: [{ kind: 'near-workday', day: 1 }] }), [3])
    assert.deepEqual(daysOf(5, { day: [{ kind: 'near-workday', day: 31 }] }), [29])
    // The 28th of February 2026 is a Saturday.
    assert.deepEqual(daysOf(2, { day: [{ kind: 'near-workday', day: 31 }] }), [27])
  })

  it('counts units since 1970', () => {
    const days = daysOf(3, { day: [{ kind: 'every', units: 7 }] })
    assert.deepEqual(days, [5, 12, 19, 26])
    const nine = { ...ANY, minute: values(0), hour: [{ kind: 'every', units: 9 }] as const }
    const hours = Array.from({ length: 48 }, (_, hour) => hour).filter((hour) =>
      matchesPeriod(nine, { year: 1970, month: 1, day: 1 + Math.floor(hour / 24), hour: hour % 24, minute: 0 }),
    )
    assert.deepEqual(hours, [0, 9, 18, 27, 36, 45])
  })
})
