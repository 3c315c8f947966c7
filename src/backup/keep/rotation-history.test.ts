import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { KeepPolicy } from '../../plan/plan.ts'
import { formatSetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { decideRotation } from './decide-rotation.ts'

const [HOUR_MS, DAY_MS] = [3600_000, 86_400_000]

/** One run: how far the clock has moved since the last one, and what the run left. */
const aRun = fc.record({
  movedMs: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: HOUR_MS, max: 2 * DAY_MS }) },
    { weight: 1, arbitrary: fc.constant(0) },
    // Set right, or set wrong: years ahead, and back again.
    { weight: 2, arbitrary: fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: -700 * DAY_MS, max: 700 * DAY_MS }) },
  ),
  left: fc.constantFrom('complete', 'complete', 'complete', 'unfinished', 'nothing'),
  bytes: fc.bigInt(1n, 100n),
})
const aCount = fc.integer({ min: 0, max: 5 })
const aPolicy: fc.Arbitrary<KeepPolicy> = fc.oneof(
  aCount.map((copies) => ({ copies: BigInt(copies) })),
  fc.record({ copies: aCount.map(BigInt), totalBytes: fc.bigInt(0n, 300n) }),
  fc.record({ last: aCount, daily: aCount, weekly: aCount, monthly: aCount }).map((buckets) => ({ buckets })),
)

const complete = (sets: readonly SetSummary[]) => sets.filter(({ state }) => state === 'complete').map(({ name }) => name)

interface Moment {
  readonly before: readonly SetSummary[]
  readonly after: readonly SetSummary[]
  readonly current: string
  readonly skipped: string | undefined
}

/** What every rotation of a history saw and left. */
function* rotations(runs: readonly (typeof aRun extends fc.Arbitrary<infer R> ? R : never)[], policy: KeepPolicy): Generator<Moment> {
  let nowMs = Date.UTC(2024, 5, 1)
  let sets: readonly SetSummary[] = []
  for (const { movedMs, left, bytes } of runs) {
    nowMs += movedMs
    if (left === 'nothing') continue
    let taken = nowMs
    while (sets.some(({ name }) => name === formatSetName(new Date(taken)))) taken += 1000
    const current = formatSetName(new Date(taken))
    const before = [...sets, { name: current, state: left, bytes }]
    sets = before
    // A run that was killed does not rotate.
    if (left === 'unfinished') continue
    const { expire, skipped } = decideRotation(before, policy, current)
    const gone = new Set(expire.map(({ name }) => name))
    sets = before.filter(({ name }) => !gone.has(name))
    yield { before, after: sets, current, skipped }
  }
}

function holds(check: (moment: Moment, policy: KeepPolicy) => void): void {
  fc.assert(
    fc.property(fc.array(aRun, { maxLength: 40 }), aPolicy, (runs, policy) => {
      for (const moment of rotations(runs, policy)) check(moment, policy)
    }),
  )
}

describe('rotation over a history of runs, some killed, by a clock that jumps', () => {
  it('keeps the new set, the newest one, and unfinished ones', () =>
    holds(({ before, after, current }) => {
      const names = new Set(after.map(({ name }) => name))
      assert.ok(names.has(current))
      assert.ok(names.has(complete(before).toSorted().at(-1) ?? ''))
      for (const { name, state } of before) if (state === 'unfinished') assert.ok(names.has(name))
    }))

  it('removes nothing while the clock is behind', () =>
    holds(({ before, after, current, skipped }) => {
      if (!complete(before).some((name) => name > current)) return
      assert.deepEqual(after, before)
      assert.match(skipped ?? '', /clock/u)
    }))

  it('never keeps fewer than the policy', () =>
    holds(({ before, after }, { copies = 0n, totalBytes, buckets = {} }) => {
      const newest = complete(before).toSorted().toReversed()
      const left = complete(after)
      const count = Math.max(totalBytes === undefined ? Number(copies) : 0, buckets.last ?? 0)
      for (const name of newest.slice(0, count)) assert.ok(left.includes(name), name)
      const days = [...new Set(newest.map((name) => name.slice(0, 10)))].slice(0, buckets.daily ?? 0)
      for (const day of days)
        assert.ok(
          left.some((name) => name.startsWith(day)),
          day,
        )
    }))

  it('does not let sets pile up once the clock is right', () =>
    holds(({ before, after, skipped }, { copies, totalBytes }) => {
      if (skipped === undefined && copies !== undefined && totalBytes === undefined) {
        assert.equal(complete(after).length, Math.min(complete(before).length, Math.max(1, Number(copies))))
      }
    }))
})

describe('rotation with held and proven sets', () => {
  const some = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })
  const sets: readonly SetSummary[] = Array.from({ length: 12 }, (_, day) => ({
    name: formatSetName(new Date(Date.UTC(2026, 0, 1 + day))),
    state: 'complete',
    bytes: 10n,
  }))
  const names = sets.map(({ name }) => name)

  it('removes none of them, and as many others as without holds if only their number is limited', () => {
    fc.assert(
      fc.property(aPolicy, some, some, fc.integer({ min: 0, max: 4 }), (policy, areHeld, areProven, proven) => {
        const held = new Map(names.filter((_, index) => areHeld[index]).map((name) => [name, 'held: audit']))
        const provenSets = names.filter((_, index) => areProven[index])
        const { expire, keep } = decideRotation(sets, { ...policy, held, provenSets, proven }, names.at(-1))
        const gone = new Set(expire.map(({ name }) => name))
        for (const name of [...held.keys(), ...provenSets.slice(-Math.max(1, proven)), names.at(-1) ?? '']) assert.equal(gone.has(name), false, name)
        assert.equal(expire.length + keep.length, sets.length)
        if (policy.copies === undefined || policy.totalBytes !== undefined || provenSets.length > 0) return
        const left = keep.filter(({ name }) => !held.has(name)).length
        const least = held.has(names.at(-1) ?? '') ? 0 : 1
        assert.equal(left, Math.min(Math.max(Number(policy.copies), least), sets.length - held.size))
      }),
    )
  })
})

describe('a clock that jumped ahead', () => {
  const began = Date.UTC(2025, 0, 1)
  const setAt = (ms: number): SetSummary => ({ name: formatSetName(new Date(ms)), state: 'complete', bytes: 1n })
  const byTime: fc.Arbitrary<KeepPolicy> = fc
    .record({ daily: aCount, weekly: aCount, monthly: aCount, withinMs: fc.integer({ min: HOUR_MS, max: 60 * DAY_MS }) }, { requiredKeys: [] })
    .filter((buckets) => Object.values(buckets).some((it) => it !== undefined))
    .map((buckets) => ({ buckets }))
  /** Sets at irregular distances; their times. */
  const aHistory = fc.array(fc.integer({ min: 1000, max: 3 * DAY_MS }), { maxLength: 40 }).map((gaps) => {
    const times = [began]
    for (const gap of gaps) times.push((times.at(-1) ?? began) + gap)
    return times
  })
  const longest = (times: readonly number[]) => times.reduce((most, at, index) => Math.max(most, at - (times[index - 1] ?? at)), HOUR_MS)

  it('suspends time-based rules, with a note, until a later run confirms the clock', () => {
    fc.assert(
      fc.property(aHistory, byTime, fc.integer({ min: 4 * 3 * DAY_MS, max: 4000 * DAY_MS }), (times, policy, jumpMs) => {
        const after = (times.at(-1) ?? 0) + jumpMs
        const sets = [...times, after].map(setAt)
        const current = sets.at(-1)?.name
        const { expire, waits } = decideRotation(sets, policy, current)
        const plain = decideRotation(sets, { ...policy, isClockConfirmed: true }, current).expire
        assert.deepEqual(expire, [])
        assert.equal(waits !== undefined, plain.length > 0)

        const later = [...sets, setAt(after + longest(times))]
        const name = later.at(-1)?.name
        const agreed = decideRotation(later, policy, name)
        assert.deepEqual([agreed.waits, agreed.expire], [undefined, decideRotation(later, { ...policy, isClockConfirmed: true }, name).expire])
      }),
    )
  })

  it('changes nothing about limits of number and size', () => {
    const ofNumber: fc.Arbitrary<KeepPolicy> = fc.oneof(
      fc.record({ copies: aCount.map(BigInt), totalBytes: fc.bigInt(0n, 30n) }, { requiredKeys: [] }),
      aCount.map((last) => ({ buckets: { last } })),
    )
    fc.assert(
      fc.property(aHistory, ofNumber, (times, policy) => {
        const sets = [...times, (times.at(-1) ?? 0) + 4000 * DAY_MS].map(setAt)
        const current = sets.at(-1)?.name
        assert.deepEqual(decideRotation(sets, policy, current), decideRotation(sets, { ...policy, isClockConfirmed: true }, current))
      }),
    )
    const four = [0, 1, 2, 400].map((day) => setAt(began + day * DAY_MS))
    assert.equal(decideRotation(four, { copies: 1n }, four[3]?.name).expire.length, 3)
  })

  it('does not keep the limit of size from being kept', () => {
    const sets = [0, 1, 2, 400].map((day) => setAt(began + day * DAY_MS))
    const { expire, waits } = decideRotation(sets, { buckets: { withinMs: 30 * DAY_MS }, totalBytes: 3n }, sets[3]?.name)
    assert.deepEqual([expire.map(({ name }) => name), waits !== undefined], [[sets[0]?.name], true])
    assert.match(waits ?? '', /explain only 3 d: .*rotate --yes/u)
  })
})
