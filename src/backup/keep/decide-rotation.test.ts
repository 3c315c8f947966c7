import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { KeepPolicy } from '../../plan/plan.ts'
import { formatSetName, parseSetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { decideRotation } from './decide-rotation.ts'

const name = (index: number) => formatSetName(new Date(Date.UTC(2026, 0, 1) + index * 1000))
const set = (index: number, bytes: number, state: SetSummary['state'] = 'complete'): SetSummary => ({
  name: name(index),
  state,
  bytes: BigInt(bytes),
})

const aName = fc.oneof(
  { weight: 4, arbitrary: fc.nat(30).map(name) },
  { weight: 1, arbitrary: fc.constantFrom('lost+found', '0-photos', '2026-02-30T00:00:00+00:00', 'x') },
)
const aState = fc.constantFrom<SetSummary['state']>('complete', 'complete', 'legacy', 'damaged', 'unfinished')
const aSet = fc.record({ name: aName, state: aState, bytes: fc.bigInt(0n, 2n ** 60n), isNewer: fc.constantFrom(false, false, false, true) })
const sets = fc.uniqueArray(aSet, { selector: (it) => it.name, maxLength: 12 })
const aLimit = fc.option(fc.oneof(fc.bigInt(-2n, 12n), fc.bigInt(0n, 2n ** 62n)), { nil: undefined })
const aPolicy: fc.Arbitrary<KeepPolicy> = fc
  .record({ copies: aLimit, totalBytes: aLimit })
  .map(({ copies, totalBytes }) => ({ ...(copies !== undefined && { copies }), ...(totalBytes !== undefined && { totalBytes }) }))

const counts = (it: SetSummary) => (it.state === 'complete' || it.state === 'legacy') && parseSetName(it.name) !== undefined
const newestOf = (all: readonly SetSummary[]) =>
  all
    .filter(counts)
    .map((it) => it.name)
    .sort()
    .at(-1)

/** The rule as one would say it: walk from the oldest, skip the new one, until enough bytes and enough sets are gone. */
function oracle(all: readonly SetSummary[], policy: KeepPolicy, current: string): readonly string[] {
  const counted = all.filter(counts).sort((a, b) => (a.name < b.name ? -1 : 1))
  const total = counted.reduce((sum, it) => sum + it.bytes, 0n)
  const max = (a: bigint) => (a > 0n ? a : 0n)
  const bytesToGo = policy.totalBytes === undefined ? 0n : max(total - max(policy.totalBytes))
  const setsToGo = policy.copies === undefined ? 0n : max(BigInt(counted.length) - max(policy.copies))
  let bytes = 0n
  let count = 0n
  const gone: string[] = []
  for (const it of counted) {
    if (bytes >= bytesToGo && count >= setsToGo) break
    if (it.name === current) continue
    gone.push(it.name)
    bytes += it.bytes
    count += 1n
  }
  return gone
}

describe('decideRotation', () => {
  const three = [set(1, 1000), set(2, 1000), set(3, 1000)]
  const expired = (all: readonly SetSummary[], policy: KeepPolicy, current?: string) =>
    decideRotation(all, policy, current).expire.map((it) => it.name)

  it('decides the documented cases', () => {
    const four = [...three, set(4, 4)]
    assert.deepEqual(expired(four, { copies: 2n }, name(4)), [name(1), name(2)])
    assert.deepEqual(expired(four, { totalBytes: 2500n }, name(4)), [name(1)])
    assert.deepEqual(expired([...three, set(4, 5000)], { totalBytes: 2500n }, name(4)), [name(1), name(2), name(3)])
    assert.deepEqual(expired(four, { copies: 3n, totalBytes: 1500n }, name(4)), [name(1), name(2)])
    assert.deepEqual(expired(four, { copies: 0n }, name(4)), [name(1), name(2), name(3)])
    assert.deepEqual(expired(four, { copies: -7n }, name(4)), [name(1), name(2), name(3)])
    assert.deepEqual(expired(four, {}, name(4)), [])
  })

  it('gives a reason for everything', () => {
    const { keep, expire } = decideRotation([...three, set(4, 4)], { copies: 3n, totalBytes: 1500n }, name(4))
    assert.deepEqual(
      expire.map((it) => it.reason),
      ['more than 3 sets', 'more than 1500 bytes in total'],
    )
    assert.deepEqual(keep, [
      { name: name(3), reason: 'within the limits' },
      { name: name(4), reason: 'within the limits' },
    ])
    assert.deepEqual(decideRotation([set(1, 9)], { copies: 0n }, name(1)).keep, [{ name: name(1), reason: 'the new set' }])
  })

  it('keeps the newest set if there is no new one', () => {
    assert.deepEqual(expired(three, { copies: 0n }), [name(1), name(2)])
    assert.deepEqual(expired([...three, set(9, 1, 'unfinished')], { copies: 0n }), [name(1), name(2)])
  })

  it('decides nothing when the clock was set back, or the new set is not to be seen', () => {
    const back = decideRotation([...three, set(0, 1)], { copies: 1n }, name(0))
    assert.deepEqual(back.expire, [])
    assert.match(back.skipped ?? '', /is newer.*clock was set back/u)
    assert.match(decideRotation(three, { copies: 1n }, name(9)).skipped ?? '', /the new set ".*" was not found/u)
    assert.equal(decideRotation([], { copies: 1n }, undefined).skipped, undefined)
  })

  it('counts neither unfinished nor foreign, and spares what a later version made', () => {
    const all = [{ ...set(0, 10), isNewer: true }, set(1, 10, 'unfinished'), set(2, 10, 'legacy'), set(3, 10), { ...set(4, 10), name: 'lost+found' }]
    assert.deepEqual(expired(all, { copies: 2n }, name(3)), [name(2)])
    assert.deepEqual(expired(all, { copies: 3n }, name(3)), [])
  })

  it('neither counts nor removes damaged sets, and lists them', () => {
    const all = [set(0, 10, 'damaged'), set(1, 10), set(2, 10, 'damaged'), set(3, 10), set(4, 10, 'damaged')]
    assert.deepEqual(expired(all, { copies: 2n }), [])
    const { expire, keep, damaged } = decideRotation(all, { copies: 1n }, name(3))
    assert.deepEqual([expire.map((it) => it.name), keep.map((it) => it.name), damaged], [[name(1)], [name(3)], [name(0), name(2), name(4)]])
    assert.equal(decideRotation(three, {}, undefined).damaged, undefined)
  })

  it('keeps a new incomplete set, and all others of them, if the clock was set back', () => {
    const incomplete = (index: number): SetSummary => ({ ...set(index, 10), isIncomplete: true })
    const keep = { copies: 1n, buckets: { last: 1 } }
    // A complete set that is newer, an incomplete one, and one with a note about its contents.
    for (const newer of [[set(5, 10), incomplete(3)], [incomplete(5)], [{ ...set(5, 10), isSuspicious: true }, incomplete(3)]]) {
      const rotation = decideRotation([incomplete(1), incomplete(2), ...newer], keep, name(2))
      assert.deepEqual(rotation.expire, [])
    }
    assert.deepEqual(expired([set(0, 10), incomplete(1), incomplete(2)], keep, name(2)), [name(1)])
    assert.deepEqual(expired([incomplete(1), incomplete(2), set(3, 10)], keep, name(3)), [name(1)])
  })

  it('uses the name, not the order of the list', () => {
    assert.deepEqual(expired([set(3, 1), set(1, 1), set(2, 1)], { copies: 1n }, name(3)), [name(1), name(2)])
  })

  it('never expires the newest, the unfinished, the foreign, what a later version made, and nothing twice', () => {
    fc.assert(
      fc.property(sets, aPolicy, fc.option(fc.nat(30).map(name), { nil: undefined }), (all, policy, current) => {
        const { expire, keep } = decideRotation(all, policy, current)
        const byName = new Map(all.map((it) => [it.name, it]))
        assert.ok(!expire.some((it) => it.name === newestOf(all) || it.name === current))
        assert.ok(expire.every((it) => byName.get(it.name)?.isNewer === false && counts(byName.get(it.name) ?? set(0, 0, 'unfinished'))))
        assert.deepEqual(
          [...expire, ...keep].map((it) => it.name).sort(),
          all
            .filter(counts)
            .map((it) => it.name)
            .sort(),
        )
        assert.deepEqual(
          expire.map((it) => it.name),
          expire.map((it) => it.name).sort(),
        )
      }),
    )
  })

  it('settles after one pass', () => {
    fc.assert(
      fc.property(sets, aPolicy, (all, policy) => {
        const gone = new Set(expired(all, policy, newestOf(all)))
        const left = all.filter((it) => !gone.has(it.name))
        assert.deepEqual(expired(left, policy, newestOf(left)), [])
      }),
    )
  })

  it('does the arithmetic of the rule on plain histories', () => {
    fc.assert(
      fc.property(sets, aPolicy, (some, policy) => {
        const all = some.map((it) => ({ ...it, isNewer: false }))
        const current = newestOf(all)
        if (current === undefined) return
        assert.deepEqual(expired(all, policy, current), oracle(all, policy, current))
      }),
      { numRuns: 500 },
    )
  })
})
