import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { lacks } from '../../test/support/lacks.ts'
import { nextRuns } from './next-runs.ts'

const after = new Date('2026-03-27T12:00:00Z')
const next = (words: string, count = 3, timeZone = 'UTC') =>
  nextRuns({ words: [words] }, { after, count, timeZone }).map((it) => it.toISOString().slice(0, 16))

describe('next runs', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    '30 2 * * *': ['2026-03-28T02:30', '2026-03-29T02:30', '2026-03-30T02:30'],
    '0 3 1,15 * mon': ['2026-03-30T03:00', '2026-04-01T03:00', '2026-04-06T03:00'],
    '@monthly': ['2026-04-01T00:00', '2026-05-01T00:00', '2026-06-01T00:00'],
    '@reboot': [],
    'Mon..Fri 02:30': ['2026-03-30T02:30', '2026-03-31T02:30', '2026-04-01T02:30'],
    'Fri *-*-13 00:00': ['2026-11-13T00:00', '2027-08-13T00:00', '2028-10-13T00:00'],
    '*-*~01 04:00': ['2026-03-31T04:00', '2026-04-30T04:00', '2026-05-31T04:00'],
    '*-02~29 04:00': ['2028-02-01T04:00', '2032-02-01T04:00', '2036-02-01T04:00'],
    '2026-12-24 18:00': ['2026-12-24T18:00'],
    '2026-01-01': [],
  }
  for (const [words, wanted] of Object.entries(cases)) it(`of "${words}"`, () => assert.deepEqual(next(words), wanted))

  it('occur after a skipped hour, and once in a repeated hour', () => {
    assert.deepEqual(next('30 2 * * *', 3, 'Europe/Berlin'), ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'])
    const autumn = nextRuns({ words: ['30 2 * * *'] }, { after: new Date('2026-10-24T12:00:00Z'), count: 2, timeZone: 'Europe/Berlin' })
    assert.deepEqual(
      autumn.map((it) => it.toISOString().slice(0, 16)),
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    )
  })

  it('go by the zone of the schedule before any other', () => {
    assert.deepEqual(next('02:30 Asia/Tokyo', 1, 'Europe/Berlin'), ['2026-03-27T17:30'])
  })

  it('of several schedules are those of all, each once', () => {
    const found = nextRuns({ words: ['0 0 * * *', '0 0,12 * * *'] }, { after, count: 3, timeZone: 'UTC' })
    assert.deepEqual(
      found.map((it) => it.toISOString().slice(0, 16)),
      ['2026-03-28T00:00', '2026-03-28T12:00', '2026-03-29T00:00'],
    )
  })

  it('match both days if configured', () => {
    const found = nextRuns({ words: ['30 5 1-7 * 1'], matchAllDays: true }, { after, count: 2, timeZone: 'UTC' })
    assert.deepEqual(
      found.map((it) => it.toISOString().slice(0, 10)),
      ['2026-04-06', '2026-05-04'],
    )
  })
})

describe('calendar words', { skip: lacks('systemd-analyze') }, () => {
  const words = [
    'Mon..Fri 02:30',
    '*:0/10',
    '*-*-01 04:00',
    'Sat',
    'quarterly',
    '*-*-2/3 01:00',
    '*-*~3 05:00',
    '*-02~01',
    'Sun *-*-1..7 03:00',
    '08..18:00',
  ]
  for (const text of words)
    it(`occur for "${text}" at the times of systemd`, () => {
      const { stdout } = spawnSync('systemd-analyze', ['calendar', '--base-time=2026-03-27 12:00:00 UTC', '--iterations=20', text], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
      })
      const wanted = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+) (\S{5})\S* UTC/gu)].map(
        ([, date, time]) => `${date}T${time}`,
      )
      assert.equal(wanted.length, 20)
      assert.deepEqual(next(text, 20), wanted)
    })
})
