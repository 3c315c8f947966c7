import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { momentIn } from '../../web/src/format/zoned-moment.ts'
import { nightOf, overlapsOf } from '../../web/src/pages/schedules/night.ts'
import { diffLines } from '../../web/src/pages/settings/diff-lines.ts'

const iso = (at: number) => new Date(at).toISOString()

describe('the night on the page of schedules', () => {
  const zone = 'Europe/Berlin'
  const night = (now: string) => nightOf({ span: 'night', day: undefined, zone, now: Date.parse(now) }).range
  it('is the current night until ten in the morning, then the next one', () => {
    assert.deepEqual(Object.values(night('2026-11-26T08:30:00Z')).map(iso), ['2026-11-25T17:00:00.000Z', '2026-11-26T09:00:00.000Z'])
    assert.deepEqual(Object.values(night('2026-11-26T09:30:00Z')).map(iso), ['2026-11-26T17:00:00.000Z', '2026-11-27T09:00:00.000Z'])
  })
  it('is an hour longer or shorter when the clocks change', () => {
    const hours = (day: string) => {
      const { from, to } = nightOf({ span: 'night', day, zone, now: 0 }).range
      return (to - from) / 3_600_000
    }
    assert.deepEqual(['2026-10-24', '2026-10-25', '2027-03-27'].map(hours), [17, 16, 15])
    // Midnight does not exist on this day.
    assert.equal(iso(momentIn('America/Santiago', '2026-09-06')), '2026-09-06T04:00:00.000Z')
    assert.equal(iso(momentIn('Asia/Kathmandu', '2026-11-26', '02:30:00')), '2026-11-25T20:45:00.000Z')
  })
})

describe('concurrent tasks', () => {
  const bar = fc.record({ from: fc.integer({ min: -5, max: 25 }), length: fc.integer({ min: 0, max: 8 }) })
  const rows = fc.array(fc.array(bar, { maxLength: 3 }), { maxLength: 4 })
  it('are those that run at the same time', () =>
    fc.assert(
      fc.property(rows, (given) => {
        const lines = given.map((bars, index) => ({ task: `t${index}`, bars: bars.map(({ from, length }) => ({ from, to: from + length })) }))
        const overlaps = overlapsOf(lines, { from: 0, to: 20 })
        for (let at = 0; at < 20; at += 1) {
          const running = lines.filter(({ bars }) => bars.some((it) => it.from <= at && at < it.to)).map(({ task }) => task)
          const found = overlaps.find((it) => it.from <= at && at < it.to)
          assert.deepEqual(found ? found.tasks.toSorted() : [], running.length > 1 ? running : [])
        }
      }),
    ))
})

describe('the difference of two versions of a file', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '# d'), { maxLength: 12 }).map((lines) => lines.join('\n'))
  it('transforms one version into the other', () =>
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after).flatMap((it) => it.lines)
        const [a, b] = [before.split('\n'), after.split('\n')]
        const added = lines.filter(({ kind }) => kind === 'added').length
        const removed = lines.filter(({ kind }) => kind === 'removed').length
        assert.equal(a.length - removed, b.length - added)
        assert.equal(lines.length === 0, before === after)
        for (const part of diffLines(before, after)) {
          const now = part.lines.filter(({ kind }) => kind !== 'removed').map((it) => it.text)
          assert.deepEqual(b.slice(part.from - 1, part.from - 1 + now.length), now)
        }
      }),
    ))
})
