import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lacks } from '../../../test/support/lacks.ts'
import { longestGapMs } from './longest-gap.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('the longest time between two wakings', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['30 2 * * *', DAY],
    ['* * * * *', MINUTE],
    ['*/15 * * * *', 15 * MINUTE],
    ['0 8-18 * * *', 14 * HOUR],
    ['0 0,6 * * *', 18 * HOUR],
    ['30 2 * * mon-fri', 3 * DAY],
    ['30 2 * * 0', 7 * DAY],
    ['30 2 * * 7', 7 * DAY],
    ['0 3 1 * *', 31 * DAY],
    ['0 3 1,15 * *', 17 * DAY],
    ['0 3 1 * sun', 7 * DAY],
    ['0 0 1 1 *', 366 * DAY],
    ['0 0 1 JAN,jul *', 184 * DAY],
    ['@daily', DAY],
    ['@weekly', 7 * DAY],
    ['@hourly', HOUR],
    ['@reboot', undefined],
    ['0 0 30 2 *', undefined],
    ['0 0 29 2 *', 1461 * DAY],
    ['61 0 * * *', undefined],
    ['5/10 * * * *', undefined],
    ['daily', DAY],
    ['hourly', HOUR],
    ['minutely', MINUTE],
    ['weekly', 7 * DAY],
    ['monthly', 31 * DAY],
    ['quarterly', 92 * DAY],
    ['02:30', DAY],
    ['*-*-* 02:30:00', DAY],
    ['*-*-* 02:30:00 Europe/Berlin', DAY],
    ['02:30 UTC', DAY],
    ['Mon..Fri 02:30', 3 * DAY],
    ['Mon,Wed,Fri *-*-* 02:30', 3 * DAY],
    ['Sat', 7 * DAY],
    ['Monday 03:00', 7 * DAY],
    ['*:0/10', 10 * MINUTE],
    ['*-*-01 04:00', 31 * DAY],
    ['*-01,07-01', 184 * DAY],
    ['06-01 04:00', 366 * DAY],
    ['00,12:15', 12 * HOUR],
    ['*-*~01', 31 * DAY],
    ['every day', undefined],
    ['', undefined],
  ]
  for (const [words, gap] of cases) it(`of "${words}"`, () => assert.equal(longestGapMs([words]), gap))

  it('of several schedules is the shortest of theirs', () => {
    assert.equal(longestGapMs(['@weekly', 'daily', '@reboot']), DAY)
    assert.equal(longestGapMs([]), undefined)
  })

  it('of any minute and days of a week is what counting minutes shows', () => {
    const aTime = fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 }),
    })
    const someDays = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 })
    fc.assert(
      fc.property(aTime, someDays, ({ minute, hours }, days) => {
        const wakings = [0, 1].flatMap((week) => days.flatMap((day) => hours.map((hour) => (week * 7 + day) * DAY + hour * HOUR + minute * MINUTE)))
        const inOrder = wakings.toSorted((a, b) => a - b)
        const gaps = inOrder.slice(1).map((at, index) => at - (inOrder[index] ?? 0))
        assert.equal(longestGapMs([`${minute} ${hours.join(',')} * * ${days.join(',')}`]), Math.max(...gaps))
      }),
    )
  })
})

describe('calendar words', { skip: lacks('systemd-analyze') }, () => {
  for (const words of [
    'Mon..Fri 02:30',
    'Mon,Wed,Fri *-*-* 02:30',
    '*:0/10',
    '*-*-01 04:00',
    'Sat',
    'quarterly',
    '00,12:15',
    '*-*-2/3 01:00',
    '08..18:00',
  ])
    it(`have the same meaning for "${words}" as in systemd`, () => {
      const { stdout } = spawnSync('systemd-analyze', ['calendar', '--iterations=200', words], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
      })
      const wakings = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+) (\S+) UTC/gu)].map(([, date, time]) =>
        Date.parse(`${date}T${time}Z`),
      )
      assert.equal(wakings.length, 200)
      assert.equal(longestGapMs([words]), Math.max(...wakings.slice(1).map((at, index) => at - (wakings[index] ?? 0))))
    })
})
