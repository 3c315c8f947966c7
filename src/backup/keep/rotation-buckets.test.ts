import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { KeepBuckets, KeepPolicy } from '../../plan/plan.ts'
import { formatSetName, parseSetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { decideRotation } from './decide-rotation.ts'
import { keptByRules } from './retention-rules.ts'

const DAY_MS = 86_400_000
const at = (iso: string) => formatSetName(new Date(`${iso}Z`))
const set = (name: string, more: Partial<SetSummary> = {}): SetSummary => ({ name, state: 'complete', bytes: 10n, ...more })
const kept = (names: readonly string[], buckets: KeepBuckets) => [...keptByRules(names, buckets, names.toSorted().at(-1)).keys()].toSorted()

describe('keptByRules', () => {
  const names = ['2025-12-28T23:00:00', '2025-12-29T01:00:00', '2026-01-04T23:59:59', '2026-01-05T00:00:00', '2026-01-05T12:00:00'].map(at)
  const [sunday = '', monday = '', nextSunday = '', nextMonday = '', noon = ''] = names

  it('keeps the newest of each period, as many periods as there are sets', () => {
    assert.deepEqual(kept(names, { last: 2 }), [nextMonday, noon])
    assert.deepEqual(kept(names, { daily: 2 }), [nextSunday, noon])
    assert.deepEqual(kept(names, { daily: 10 }), [sunday, monday, nextSunday, noon])
    assert.deepEqual(kept(names, { monthly: 2 }), [monday, noon])
    assert.deepEqual(kept(names, { yearly: 1 }), [noon])
  })

  it('counts weeks from Monday, across the year', () => {
    assert.deepEqual(kept(names, { weekly: 2 }), [nextSunday, noon])
    assert.deepEqual(kept(names, { weekly: 3 }), [sunday, nextSunday, noon])
  })

  it('counts ages from the new set, and has none without a new set', () => {
    assert.deepEqual(kept(names, { withinMs: DAY_MS }), [nextSunday, nextMonday, noon])
    assert.deepEqual([...keptByRules(names, { withinMs: DAY_MS }, undefined).keys()].toSorted(), names)
  })

  it('counts days in a time zone', () => {
    // Each at 01:30 in Berlin, across the end of summer time: in UTC, two of them are on one day.
    const nights = ['2026-10-23T23:30:00', '2026-10-24T23:30:00', '2026-10-26T00:30:00', '2026-10-27T00:30:00', '2026-10-28T00:30:00'].map(at)
    const inBerlin = { daily: 5, timeZone: 'Europe/Berlin' }
    assert.deepEqual([...keptByRules(nights, inBerlin, nights.at(-1)).keys()].toSorted(), nights)
    const spring = ['2026-03-27T00:30:00', '2026-03-28T00:30:00', '2026-03-28T23:30:00', '2026-03-29T23:30:00'].map(at)
    assert.equal(kept(spring, { daily: 4 }).length, 3)
    assert.equal(keptByRules(spring, { daily: 4, timeZone: 'Europe/Berlin' }, spring.at(-1)).size, 4)
  })

  it('joins the rules, and keeps all without any', () => {
    assert.deepEqual(kept(names, { last: 1, yearly: 2 }), [monday, noon])
    assert.deepEqual(keptByRules(names, { last: 1, daily: 1 }, noon).get(noon), ['last', 'daily'])
    assert.deepEqual(kept(names, {}), names)
    assert.deepEqual(kept(names, { last: 0 }), [])
  })
})

const aMoment = fc.integer({ min: Date.UTC(2019, 0, 1), max: Date.UTC(2027, 0, 1) }).map((ms) => formatSetName(new Date(ms)))
const aName = fc.oneof({ weight: 8, arbitrary: aMoment }, { weight: 1, arbitrary: fc.constantFrom('lost+found', '2026-02-30T00:00:00+00:00', 'x') })
const aSet = fc.record({
  name: aName,
  state: fc.constantFrom<SetSummary['state']>('complete', 'complete', 'complete', 'legacy', 'damaged', 'unfinished'),
  bytes: fc.bigInt(0n, 1000n),
  isNewer: fc.constantFrom(false, false, false, true),
})
const history = fc.uniqueArray(aSet, { selector: (it) => it.name, maxLength: 40 })
const aCount = fc.option(fc.nat(6), { nil: undefined })
const aPolicy: fc.Arbitrary<KeepPolicy> = fc
  .record({
    buckets: fc.record({
      last: aCount,
      daily: aCount,
      weekly: aCount,
      monthly: aCount,
      yearly: aCount,
      withinMs: fc.option(fc.nat(400 * DAY_MS), { nil: undefined }),
    }),
    totalBytes: fc.option(fc.bigInt(-10n, 20_000n), { nil: undefined }),
  })
  .map(({ buckets, totalBytes }) => ({
    buckets: Object.fromEntries(Object.entries(buckets).filter(([, value]) => value !== undefined)) as KeepBuckets,
    ...(totalBytes !== undefined && { totalBytes }),
  }))

const counts = (it: SetSummary) => (it.state === 'complete' || it.state === 'legacy') && parseSetName(it.name) !== undefined
const newestOf = (sets: readonly SetSummary[]) =>
  sets
    .filter(counts)
    .map((it) => it.name)
    .toSorted()
    .at(-1)
const goneOf = (sets: readonly SetSummary[], policy: KeepPolicy, current = newestOf(sets)) =>
  decideRotation(sets, policy, current).expire.map((it) => it.name)

describe('rotation by rules', () => {
  const every = (check: (sets: readonly SetSummary[], policy: KeepPolicy) => void) =>
    fc.assert(fc.property(history, aPolicy, check), { numRuns: 500 })

  it('never removes the newest, a foreign or unfinished set, or one of a later version', () =>
    every((sets, policy) => {
      const gone = goneOf(sets, policy)
      for (const name of gone) {
        const it = sets.find((other) => other.name === name)
        assert.ok(it && counts(it) && it.isNewer !== true && name !== newestOf(sets))
      }
    }))

  it('returns every set that counts exactly once, oldest first', () =>
    every((sets, policy) => {
      const { keep, expire } = decideRotation(sets, policy, newestOf(sets))
      const told = [...keep, ...expire].map((it) => it.name).toSorted()
      assert.deepEqual(
        told,
        sets
          .filter(counts)
          .map((it) => it.name)
          .toSorted(),
      )
      assert.deepEqual(
        expire.map((it) => it.name),
        expire.map((it) => it.name).toSorted(),
      )
    }))

  it('decides the same in any order, and nothing more the second time', () =>
    every((sets, policy) => {
      const gone = goneOf(sets, policy)
      assert.deepEqual(goneOf(sets.toReversed(), policy), gone)
      const left = sets.filter((it) => !gone.includes(it.name))
      assert.deepEqual(goneOf(left, policy), [])
    }))

  it('keeps no less with a larger limit', () =>
    fc.assert(
      fc.property(history, aPolicy, fc.constantFrom('last', 'daily', 'weekly', 'monthly', 'yearly'), (sets, { buckets = {} }, rule) => {
        if (Object.keys(buckets).length === 0) return
        const gone = goneOf(sets, { buckets })
        const more = goneOf(sets, { buckets: { ...buckets, [rule]: (buckets[rule as 'last'] ?? 0) + 1 } })
        assert.ok(more.every((name) => gone.includes(name)))
      }),
      { numRuns: 500 },
    ))

  it('removes nothing after the clock was set back', () =>
    every((sets, policy) => {
      const later = newestOf(sets)
      const current = at('2018-01-01T00:00:00')
      if (later === undefined) return
      const { expire, skipped } = decideRotation([...sets, set(current)], policy, current)
      assert.deepEqual(expire, [])
      assert.match(skipped ?? '', /clock/u)
    }))

  it('keeps within the size where that is possible, older ones going first', () => {
    const sets = ['2026-01-01T00:00:00', '2026-01-02T00:00:00', '2026-01-03T00:00:00', '2026-01-04T00:00:00'].map((it) => set(at(it)))
    const policy = { buckets: { daily: 3 }, totalBytes: 20n }
    assert.deepEqual(decideRotation(sets, policy, sets[3]?.name).expire, [
      { name: sets[0]?.name, bytes: 10n, reason: 'no rule keeps it' },
      { name: sets[1]?.name, bytes: 10n, reason: 'more than 20 bytes in total' },
    ])
    assert.deepEqual(
      decideRotation(sets, policy, sets[3]?.name).keep.map((it) => it.reason),
      ['kept by daily', 'kept by daily'],
    )
  })
})
