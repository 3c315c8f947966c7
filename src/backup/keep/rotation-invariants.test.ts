import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { KeepPolicy } from '../../plan/plan.ts'
import { formatSetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { countsForRotation, decideRotation } from './decide-rotation.ts'
import { simulateRotation } from './simulate-rotation.ts'

const [HOUR_MS, DAY_MS] = [3600_000, 86_400_000]
const BEGAN = Date.UTC(2026, 0, 1)

type Left = 'complete' | 'suspicious' | 'incomplete' | 'damaged' | 'unfinished' | 'legacy' | 'foreign'

/** One night: the clock moves, something is left, and sets are drilled, accepted, held and released. */
const aNight = fc.record({
  movedMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: HOUR_MS, max: 2 * DAY_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: -40 * DAY_MS, max: 400 * DAY_MS }) },
  ),
  left: fc.constantFrom<Left>(
    'complete',
    'complete',
    'complete',
    'complete',
    'suspicious',
    'incomplete',
    'damaged',
    'unfinished',
    'legacy',
    'foreign',
  ),
  bytes: fc.bigInt(1n, 100n),
  drill: fc.constantFrom('none', 'none', 'proven', 'failed'),
  accept: fc.boolean(),
  hold: fc.constantFrom('none', 'none', 'none', 'hold', 'release'),
  /** Chooses the set that is drilled or held. */
  which: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})
type Night = typeof aNight extends fc.Arbitrary<infer N> ? N : never

const aCount = fc.integer({ min: 0, max: 4 })
const aPolicy: fc.Arbitrary<KeepPolicy> = fc.record(
  {
    copies: aCount.map(BigInt),
    totalBytes: fc.bigInt(0n, 300n),
    proven: aCount,
    buckets: fc.record(
      { last: aCount, daily: aCount, weekly: aCount, withinMs: fc.integer({ min: HOUR_MS, max: 9 * DAY_MS }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

const OWN = { name: 'own', id: '1' }

function setOf(name: string, { left, bytes }: Pick<Night, 'left' | 'bytes'>): SetSummary {
  const state = left === 'damaged' || left === 'unfinished' || left === 'legacy' ? left : 'complete'
  return {
    ...{ name, state, bytes, host: left === 'foreign' ? { name: 'other', id: '2' } : OWN },
    ...(left === 'suspicious' && { isSuspicious: true }),
    ...(left === 'incomplete' && { isIncomplete: true }),
  }
}

interface Rotated {
  readonly before: readonly SetSummary[]
  readonly gone: ReadonlySet<string>
  readonly current: string
  readonly held: ReadonlyMap<string, string>
  /** In the order of their names. */
  readonly proven: readonly string[]
}

function freeName(sets: readonly SetSummary[], nowMs: number): string {
  let at = nowMs
  while (sets.some(({ name }) => name === formatSetName(new Date(at)))) at += 1000
  return formatSetName(new Date(at))
}

function* nightsOf(nights: readonly Night[], policy: KeepPolicy): Generator<Rotated> {
  let nowMs = BEGAN
  let sets: readonly SetSummary[] = []
  const held = new Map<string, string>()
  const proven = new Set<string>()
  for (const night of nights) {
    nowMs += night.movedMs
    const current = freeName(sets, nowMs)
    if (night.accept) sets = sets.map(({ isSuspicious, ...it }) => it)
    sets = [...sets, setOf(current, night)].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const chosen = sets[Math.floor(night.which * sets.length)]?.name ?? current
    if (night.drill === 'proven') proven.add(chosen)
    if (night.drill === 'failed') proven.delete(chosen)
    if (night.hold === 'hold') held.set(chosen, 'held: audit')
    if (night.hold === 'release') held.delete(chosen)
    if (night.left === 'unfinished') continue
    const provenSets = sets.map(({ name }) => name).filter((name) => proven.has(name))
    const { expire } = decideRotation(sets, { ...policy, ownHost: OWN, held, provenSets }, current)
    const gone = new Set(expire.map(({ name }) => name))
    yield { before: sets, gone, current, held: new Map(held), proven: provenSets }
    sets = sets.filter(({ name }) => !gone.has(name))
  }
}

function always(check: (rotated: Rotated, policy: KeepPolicy) => void): void {
  const runs = process.env['HOLDFAST_LONG_TESTS'] === '1' ? 5000 : 300
  fc.assert(
    fc.property(fc.array(aNight, { maxLength: 40 }), aPolicy, (nights, policy) => {
      for (const rotated of nightsOf(nights, policy)) check(rotated, policy)
    }),
    { numRuns: runs },
  )
}

const ofOwn = ({ host }: SetSummary) => host?.id === OWN.id
const counted = (sets: readonly SetSummary[]) => sets.filter((it) => ofOwn(it) && countsForRotation(it)).map(({ name }) => name)

describe('a history with failures, wrong clocks, drills, doubts and holds', () => {
  it('never loses the newest complete set, nor the new one', () =>
    always(({ before, gone, current }) => {
      for (const name of [counted(before).at(-1), current]) assert.ok(name === undefined || !gone.has(name), name)
    }))

  it('never removes the newest proven set, nor the number of proven sets in the policy', () =>
    always(({ before, gone, proven }, policy) => {
      const all = new Set(counted(before))
      for (const name of proven.filter((it) => all.has(it)).slice(-Math.max(1, policy.proven ?? 1))) assert.ok(!gone.has(name), name)
    }))

  it('never loses a held set', () =>
    always(({ gone, held }) => {
      for (const name of held.keys()) assert.ok(!gone.has(name), name)
    }))

  it('never loses what is suspicious, damaged, unfinished, or of another host', () =>
    always(({ before, gone }) => {
      for (const set of before)
        if (set.isSuspicious || set.state === 'damaged' || set.state === 'unfinished' || !ofOwn(set)) assert.ok(!gone.has(set.name))
    }))

  it('loses no complete set while the new one is suspicious or incomplete', () =>
    always(({ before, gone, current }) => {
      const set = before.find(({ name }) => name === current)
      if (set?.isSuspicious !== true && set?.isIncomplete !== true) return
      for (const name of counted(before)) assert.ok(!gone.has(name), name)
    }))
})

describe('a simulated rotation', () => {
  it('lists for each day the sets that a rotation on that day keeps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 60 }), aPolicy, (count, nights, keep) => {
        const at = (day: number) => new Date(BEGAN + day * DAY_MS)
        const present = Array.from({ length: count }, (_, day) => setOf(formatSetName(at(day), 'basic'), { left: 'complete', bytes: 10n }))
        const policy = { ...keep, ownHost: OWN, held: new Map(present.slice(0, 1).map(({ name }) => [name, 'held'])) }
        const runs = Array.from({ length: nights }, (_, night) => at(count + night))
        const holdsEnd = new Map(present.slice(0, 1).map(({ name }) => [name, at(count + 5)]))
        const days = simulateRotation({ present, policy, runs, drills: [], holdsEnd })
        assert.equal(days.length, nights)
        let sets: readonly SetSummary[] = present
        for (const [night, { sets: names, removed, bytes }] of days.entries()) {
          const current = formatSetName(at(count + night), 'basic')
          sets = [...sets, setOf(current, { left: 'complete', bytes: count > 0 ? 10n : 0n })]
          const isHeld = night <= 5
          const { expire } = decideRotation(sets, { ...policy, held: isHeld ? policy.held : new Map<string, string>(), provenSets: [] }, current)
          const gone = new Set(expire.map(({ name }) => name))
          sets = sets.filter(({ name }) => !gone.has(name))
          assert.deepEqual(
            [names, removed.map(({ name }) => name), bytes],
            [sets.map(({ name }) => name), [...gone], sets.reduce((sum, it) => sum + it.bytes, 0n)],
          )
        }
      }),
      { numRuns: 100 },
    )
  })

  it('keeps what its drills prove', () => {
    const at = (day: number) => new Date(BEGAN + day * DAY_MS)
    const runs = Array.from({ length: 10 }, (_, day) => at(day))
    const [drill] = [new Date(at(4).getTime() + HOUR_MS)]
    const days = simulateRotation({ present: [], policy: { copies: 1n }, runs, drills: [drill], holdsEnd: new Map() })
    assert.deepEqual(days.at(-1)?.sets, [formatSetName(at(4), 'basic'), formatSetName(at(9), 'basic')])
  })
})
