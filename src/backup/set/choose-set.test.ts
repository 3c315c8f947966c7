import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseSet, parseMoment } from './choose-set.ts'
import type { SetSummary } from './set-store.ts'

const set = (name: string, state: SetSummary['state'] = 'complete'): SetSummary => ({ name, state, bytes: 1n })
const sets = [
  set('2026-01-03T10:00:00+00:00', 'unfinished'),
  set('2026-01-01T23:59:59+00:00'),
  set('2026-01-02T10:00:00+00:00', 'legacy'),
  set('2025-12-31T10:00:00+00:00'),
]

describe('chooseSet', () => {
  for (const [wanted, name] of [
    ['latest', '2026-01-02T10:00:00+00:00'],
    ['2026-01-03T10:00:00+00:00', '2026-01-03T10:00:00+00:00'],
    ['2026-01-03', '2026-01-02T10:00:00+00:00'],
    ['2026-01-02T09:59', '2026-01-01T23:59:59+00:00'],
    ['2026-01-02 10:00:00Z', '2026-01-02T10:00:00+00:00'],
    ['2026-01-02T11:30+02:00', '2026-01-01T23:59:59+00:00'],
    ['2026-01-01', '2026-01-01T23:59:59+00:00'],
    ['2025-12-30', undefined],
    // A name that nobody has is not taken for a moment.
    ['2026-01-02T10:00:01+00:00', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ] as const) {
    it(`takes ${JSON.stringify(wanted)} for ${name ?? 'none'}`, () => {
      assert.equal(chooseSet(sets, wanted)?.name, name)
    })
  }

  it('takes a damaged set for what is meant, never an older one instead', () => {
    const damaged = set('2026-01-02T12:00:00+00:00', 'damaged')
    for (const wanted of ['latest', '2026-01-02', damaged.name]) assert.deepEqual(chooseSet([...sets, damaged], wanted), damaged)
    assert.equal(chooseSet([...sets, damaged], '2026-01-02T11:00')?.name, '2026-01-02T10:00:00+00:00')
  })

  it('finds none among none', () => {
    assert.equal(chooseSet([], 'latest'), undefined)
  })
})

describe('parseMoment', () => {
  it('refuses days and times that never were', () => {
    for (const text of ['2026-02-30', '2026-13-01', '2026-01-01T25:00', '2026-1-1', '20260101']) assert.equal(parseMoment(text), undefined, text)
  })
})
