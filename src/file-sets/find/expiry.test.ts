import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type DatedFile, decideExpiry, unitKey } from './expiry.ts'

const DAY_MS = 86_400_000
const NOW = 400 * DAY_MS

const aBackup = fc.record({ age: fc.integer({ min: -2, max: 30 }), unit: fc.constantFrom('a', 'b'), isGood: fc.boolean(), withDigest: fc.boolean() })

/** Archives with their lists, some with digests; no unit twice at one date. */
const someFiles = fc
  .uniqueArray(aBackup, { maxLength: 15, selector: ({ age, unit }) => `${age} ${unit}` })
  .map((backups) =>
    backups.flatMap(({ age, unit, isGood, withDigest }) =>
      ['archive', 'list', ...(withDigest ? ['digest'] : [])].map(
        (role): DatedFile => ({ path: `${unit}/${age}.${role}`, name: '', group: `${role} ${unit}`, unit, wallMs: NOW - age * DAY_MS, isGood }),
      ),
    ),
  )
const someLimits = fc.record({ maxFiles: fc.nat(5), days: fc.nat(20) }, { requiredKeys: [] })

describe('decideExpiry', () => {
  it('returns each file once, is stable after one pass, and keeps the newest good backup complete', () => {
    fc.assert(
      fc.property(someFiles, someLimits, (files, limits) => {
        const { keep, remove, waits } = decideExpiry(files, { limits, nowWallMs: NOW, needed: new Map() })
        assert.deepEqual([...keep, ...remove].map((it) => it.path).toSorted(), files.map((it) => it.path).toSorted())
        const kept = files.filter(({ path }) => keep.some((it) => it.path === path))
        // While ages wait, what goes by number changes what the dates explain.
        if (waits === undefined) assert.deepEqual(decideExpiry(kept, { limits, nowWallMs: NOW, needed: new Map() }).remove, [])
        for (const unit of ['a', 'b']) {
          const good = files.filter((it) => it.unit === unit && it.isGood && it.wallMs <= NOW + DAY_MS)
          const newest = Math.max(...good.map((it) => it.wallMs))
          for (const file of good.filter((it) => it.wallMs === newest)) assert.ok(kept.includes(file))
        }
      }),
    )
  })

  it('removes exactly what one of the limits names, of good files: union, never intersection', () => {
    fc.assert(
      fc.property(someFiles, fc.record({ maxFiles: fc.nat(5), days: fc.nat(20) }), (found, { maxFiles, days }) => {
        const files = found.map((it) => ({ ...it, isGood: true }))
        const removed = (limits: object) => new Set(decideExpiry(files, { limits, nowWallMs: NOW, needed: new Map() }).remove.map((it) => it.path))
        assert.deepEqual(removed({ maxFiles, days }), new Set([...removed({ maxFiles }), ...removed({ days })]))
      }),
    )
  })

  it('does not count dates more than a day ahead, keeps all future dates, and never removes files of this run', () => {
    const file = (path: string, wallMs: number): DatedFile => ({ path, name: path, group: 'g', unit: '', wallMs, isGood: true })
    for (const aheadMs of [40_000 * DAY_MS, DAY_MS + 1000, 1000]) {
      const files = [file('old', NOW - DAY_MS), file('new', NOW), file('ahead 1', NOW + aheadMs), file('ahead 2', NOW + aheadMs + 1000)]
      for (const limits of [{ maxFiles: 2 }, { maxFiles: 1 }, { maxFiles: 0 }, { days: 0 }]) {
        const { remove } = decideExpiry(files, { limits, nowWallMs: NOW, needed: new Map() })
        assert.deepEqual(
          remove.map((it) => it.path),
          limits.maxFiles === 2 && aheadMs > DAY_MS ? [] : ['old'],
        )
      }
    }
  })

  // As recorded of KristaBackup 1.7, at an hour before the date of the newest file.
  for (const [limits, kept] of [
    [{ maxFiles: 2 }, ['20260305', '20260306']],
    [{ days: 3 }, ['20260303', '20260304', '20260305', '20260306']],
    [{ maxFiles: 1, days: 3 }, ['20260306']],
    [{ days: 0 }, ['20260306']],
  ] as const)
    it(`counts a file of the next hour: ${JSON.stringify(limits)}`, () => {
      const days = ['20260301', '20260302', '20260303', '20260304', '20260305', '20260306']
      const files = days.map(
        (path, index): DatedFile => ({ path, name: path, group: 'g', unit: '', wallMs: Date.UTC(2026, 2, 1 + index, 12), isGood: true }),
      )
      const { keep } = decideExpiry(files, { limits, nowWallMs: Date.UTC(2026, 2, 6, 11), needed: new Map() })
      assert.deepEqual(
        keep.map((it) => it.path),
        kept,
      )
    })

  it('removes nothing that is needed, and nothing without limits', () => {
    fc.assert(
      fc.property(someFiles, someLimits, fc.nat(20), (files, limits, pick) => {
        const file = files[pick]
        if (file === undefined) return
        const needed = new Map([[unitKey(file), 'somebody needs it']])
        const { remove } = decideExpiry(files, { limits, nowWallMs: NOW, needed })
        assert.ok(remove.every(({ path }) => !files.some((it) => it.path === path && it.unit === file.unit && it.wallMs === file.wallMs)))
        assert.deepEqual(decideExpiry(files, { limits: {}, nowWallMs: NOW, needed: new Map() }).remove, [])
      }),
    )
  })

  it('removes files of exactly the given number of days, not one second younger', () => {
    const file = (path: string, wallMs: number): DatedFile => ({ path, name: path, group: 'g', unit: '', wallMs, isGood: true })
    const files = [file('old', NOW - 3 * DAY_MS), file('young', NOW - 3 * DAY_MS + 1000), file('between', NOW - 1.5 * DAY_MS), file('new', NOW)]
    assert.deepEqual(decideExpiry(files, { limits: { days: 3 }, nowWallMs: NOW, needed: new Map() }).remove, [
      { path: 'old', reason: '3 days old, limit 3' },
    ])
  })

  it('lets ages wait after the clock has jumped ahead, until a later date agrees; numbers count as ever', () => {
    const daily = Array.from({ length: 40 }, (_, age) => NOW - age * DAY_MS)
    const decide = (dates: readonly number[], nowWallMs: number, limits: object = { days: 30 }, isClockConfirmed = false) => {
      const found = dates.map((wallMs): DatedFile => ({ path: `${wallMs}`, name: '', group: 'g', unit: '', wallMs, isGood: true }))
      const { remove, waits } = decideExpiry(found, { limits, nowWallMs, needed: new Map(), isClockConfirmed })
      return [remove.length, waits !== undefined]
    }
    assert.deepEqual(decide(daily, NOW), [10, false])
    const jumped = NOW + 60 * DAY_MS
    for (const dates of [daily, [...daily, jumped], [...daily, jumped, jumped + 60_000]]) assert.deepEqual(decide(dates, jumped), [0, true])
    assert.deepEqual(decide([...daily, jumped, jumped + DAY_MS], jumped + DAY_MS), [40, false])
    assert.deepEqual(decide([...daily, jumped], jumped, { maxFiles: 1 }), [40, false])
    assert.deepEqual(decide([...daily, jumped], jumped, { maxFiles: 20, days: 30 }), [21, true])
    assert.deepEqual(decide([NOW], jumped), [0, false], 'nothing is too old but what stays anyway')
    assert.deepEqual(decide([...daily, jumped], jumped, { days: 30 }, true), [40, false], 'somebody says that the clock is right')
  })

  it('counts no broken file as one of those that stay, and lets broken ones go in their turn', () => {
    const file = (path: string, day: number, isGood: boolean): DatedFile => ({ path, name: path, group: 'g', unit: '', wallMs: day * DAY_MS, isGood })
    const files = [file('good 1', 1, true), file('broken 2', 2, false), file('good 3', 3, true), file('broken 4', 4, false)]
    const { remove, keep } = decideExpiry(files, { limits: { maxFiles: 1 }, nowWallMs: NOW, needed: new Map() })
    assert.deepEqual(
      remove.map((it) => it.path),
      ['good 1', 'broken 2'],
    )
    assert.deepEqual(
      keep.map((it) => it.path),
      ['good 3', 'broken 4'],
    )
  })

  it('removes oldest first, and a list before its archive', () => {
    const file = (day: number, group: string): DatedFile => ({
      path: `${day} ${group}`,
      name: '',
      group,
      unit: '',
      wallMs: day * DAY_MS,
      isGood: true,
    })
    const files = [1, 2, 3].flatMap((day) => ['archive tar.gz', 'digest', 'list'].map((group) => file(day, group)))
    const { remove } = decideExpiry(files, { limits: { maxFiles: 1 }, nowWallMs: NOW, needed: new Map() })
    assert.deepEqual(
      remove.map((it) => it.path),
      ['1 list', '1 digest', '1 archive tar.gz', '2 list', '2 digest', '2 archive tar.gz'],
    )
  })
})
