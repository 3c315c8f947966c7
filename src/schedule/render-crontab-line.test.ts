import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderCrontabTimes } from './crontab-times.ts'
import { renderEntry } from './render-crontab-line.ts'

const argv = ['/opt/KristaBackup/KristaBackup.py', 'run', 'weekly']
const outputFile = '/logs/crontab_errorlog.log'
const triggerFile = '/logs/trigger'

describe('times of a crontab line', () => {
  // What KristaBackup 1.7 was seen to write.
  const recorded = {
    '00 23 * * 0': '0 23 * * 0',
    '0 0 * * *': '@daily',
    '@daily': '@daily',
    '00 23 * * 1-6': '0 23 * * 1-6',
    '*/15 1,3,2 1-31 jan-mar sun': '*/15 1,2,3 * jan-mar sun',
    '5 1 * * 7': '5 1 * * 0',
    '5 1 * * 1-7': '5 1 * * *',
    '5 1 * * 5-7': '5 1 * * 0,5-6',
    '05,10,07 1-5/2 */2 * 6,1': '5,7,10 1-5/2 */2 * 1,6',
    '*/1 * * * *': '* * * * *',
    '0 0 * * 0': '@weekly',
    '0 0 1 * *': '@monthly',
    '0 0 1 1 *': '@yearly',
    '0 * * * *': '@hourly',
    '@reboot': '@reboot',
    '0 0 * * sun': '0 0 * * sun',
    '00 21  * * *': '0 21 * * *',
    '0 1 * * 0-7': '0 1 * * *',
    '0 1 * * 3-7/2': '0 1 * * 0,3,5',
    '0 1 * * 1,7,1': '0 1 * * 0,1',
  }
  for (const [written, rendered] of Object.entries(recorded))
    it(`"${written}" is "${rendered}"`, () => assert.equal(renderCrontabTimes(written), rendered))

  for (const wrong of [
    '99 1 * * *',
    '0 24 * * *',
    '0 1 0 * *',
    '0 1 * 13 *',
    '0 1 * * 8',
    '1 2 3 4',
    '1 2 3 4 5 6',
    '',
    '@fortnightly',
    '5/10 * * * *',
  ])
    it(`"${wrong}" is refused`, () => assert.throws(() => renderCrontabTimes(wrong), { code: 'schedule/bad-times' }))
  for (const wrong of ['6-1 * * * *', '1,, * * * *', '*/0 * * * *', 'x * * * *', '0 1 * * L', '0 1 ? * *', '-1 * * * *'])
    it(`"${wrong}" is refused too`, () => assert.throws(() => renderCrontabTimes(wrong), { code: 'schedule/bad-times' }))
})

describe('a line of a crontab', () => {
  it('is as KristaBackup writes it', () => {
    assert.equal(
      renderEntry({ task: 'weekly', times: '00 23 * * 0', argv, outputFile, triggerFile }),
      '0 23 * * 0 /opt/KristaBackup/KristaBackup.py run weekly 2>&1 | /usr/bin/tee /logs/crontab_errorlog.log | xargs -r -0 sh -c "echo ERROR > /logs/trigger" # weekly',
    )
    assert.equal(
      renderEntry({ task: 'weekly', times: '1 2 * * *', argv, outputFile }),
      '1 2 * * * /opt/KristaBackup/KristaBackup.py run weekly 2>&1 | /usr/bin/tee /logs/crontab_errorlog.log # weekly',
    )
  })

  it('contains a condition for the day of week if both days must match, also on Sundays', () => {
    const line = (times: string) => renderEntry({ task: 't', times, matchAllDays: true, argv: ['/p'] })
    assert.equal(line('30 5 1-7 * 1'), '30 5 1-7 * * /usr/bin/test $(date "+\\%u") -eq 1 && /p # t')
    assert.equal(line('30 5 1-7 * 0'), '30 5 1-7 * * /usr/bin/test $(date "+\\%u") -eq 7 && /p # t')
    const days = (text: string) => [...text.matchAll(/-eq (\d)/gu)].map(([, day]) => day).join('')
    assert.equal(days(line('30 5 1-7 * 5-7,2')), '5672')
    assert.equal(days(line('30 5 1-7 * mon')), '1')
    assert.equal(days(line('30 5 1-7 * *')), '7123456')
    assert.throws(() => line('@daily'), { code: 'schedule/bad-times' })
  })

  it('quotes for the shell and for cron', () => {
    assert.equal(
      renderEntry({ task: 'sp ace%x', times: '5 1 * * *', argv: ['/p q', 'run', 'sp ace%x'], outputFile: '/l$', triggerFile: "/it's $HOME" }),
      `5 1 * * * '/p q' run 'sp ace\\%x' 2>&1 | /usr/bin/tee '/l$' | xargs -r -0 sh -c "echo ERROR > '/it'\\\\''s \\$HOME'" # sp ace%x`,
    )
    for (const task of ['a\nb', ' a', '', 'a\u202eb', 'a\u200bb', 'a\u001bb'])
      assert.throws(() => renderEntry({ task, times: '@daily', argv }), { code: 'schedule/bad-name' })
  })
})
