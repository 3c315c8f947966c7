import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { lacks } from '../../../test/support/lacks.ts'
import { nextRuns } from '../next-runs.ts'
import { calendarLines } from './calendar-lines.ts'

describe('the times of a timer', () => {
  it('are those of a crontab line', () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['30 2 * * *', ['*-*-* 02:30:00']],
      ['*/20 8-9 * * mon-fri', ['Mon,Tue,Wed,Thu,Fri *-*-* 08,09:00,20,40:00']],
      ['0 4 1,15 * *', ['*-*-01,15 04:00:00']],
      ['0 4 13 * 5', ['*-*-13 04:00:00', 'Fri *-*-* 04:00:00']],
      ['0 4 * * 7', ['Sun *-*-* 04:00:00']],
      ['@daily', ['*-*-* 00:00:00']],
      ['Mon..Fri 02:30', ['Mon..Fri 02:30']],
    ]
    for (const [words, lines] of cases)
      assert.deepEqual(
        calendarLines({ words: [words] }),
        lines.map((it) => `OnCalendar=${it}`),
        words,
      )
    assert.deepEqual(calendarLines({ words: ['0 4 * * 7', '0 1 * * *'] }), ['OnCalendar=Sun *-*-* 04:00:00', 'OnCalendar=*-*-* 01:00:00'])
    assert.deepEqual(calendarLines({ words: ['0 4 13 * 5'], matchAllDays: true }), ['OnCalendar=Fri *-*-13 04:00:00'])
  })

  it('cannot be the start of the host, which would also be the installation of the timer', () => {
    for (const words of [['@reboot'], ['0 1 * * *', '@REBOOT']])
      assert.throws(() => calendarLines({ words }), { code: 'schedule/bad-times', message: '"@reboot" is unsupported in a timer' })
  })

  it('are understood by systemd as they are here', { skip: lacks('systemd-analyze') }, () => {
    const after = new Date('2026-03-01T00:00:00Z')
    for (const words of ['30 2 * * *', '*/20 8-9 * * mon-fri', '0 4 1,15 * *', '15 3 29 2 *', '0 4 * * 7', '5 */6 * 3-5 *']) {
      const [line = ''] = calendarLines({ words: [words] })
      const argv = [
        'calendar',
        '--iterations=5',
        `--base-time=${after.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
        line.replace('OnCalendar=', ''),
      ]
      const { stdout } = spawnSync('systemd-analyze', argv, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
      const theirs = [...stdout.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ (?<at>[\d-]+ [\d:]+) UTC/gu)].map(
        ({ groups }) => new Date(`${groups?.['at']?.replace(' ', 'T')}Z`),
      )
      const ours = nextRuns({ words: [words] }, { after, count: 5 })
      assert.deepEqual(theirs.map(String), ours.map(String), words)
    }
  })
})
