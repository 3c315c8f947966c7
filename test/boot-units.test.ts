import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkout, openPlace } from './palhm/place.ts'
import { lacks } from './support/lacks.ts'
import { until } from './support/time-limits.ts'

const read = (path: string) => readFileSync(join(checkout, 'share', path), 'utf8')

describe('what starts the boot report', () => {
  it('is a valid systemd unit', { skip: lacks('systemd-analyze') }, (t) => {
    const place = openPlace(t)
    const unit = place.write('holdfast-boot-report.service', read('systemd/holdfast-boot-report.service').replace('/opt/holdfast/', `${checkout}/`))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
    const own = stderr.split('\n').filter((line) => line.includes('holdfast'))
    assert.deepEqual({ status, own }, { status: 0, own: [] })
    assert.doesNotMatch(read('systemd/holdfast-boot-report.service'), /^Type=oneshot/mu)
  })

  it('is an init script that a shell and its critic take', { skip: lacks('shellcheck') }, () => {
    const script = join(checkout, 'share/init/holdfast-boot-report')
    assert.equal(spawnSync('sh', ['-n', script]).status, 0)
    const { status, stdout } = spawnSync('shellcheck', [script], { encoding: 'utf8' })
    assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
  })

  it('is an init script that does not wait for the report', async (t) => {
    const place = openPlace(t)
    const holdfast = place.write('holdfast', `#!/bin/sh\nsleep 0.3\necho "$@" > ${place.run}/called\n`)
    chmodSync(holdfast, 0o700)
    const start = (word: string, program = holdfast) =>
      place.start([word], { as: join(checkout, 'share/init/holdfast-boot-report'), env: { HOLDFAST: program } })
    assert.equal((await start('start')).code, 0)
    await until(() => spawnSync('cat', [join(place.run, 'called')], { encoding: 'utf8' }).stdout === '-q boot-report\n')
    assert.equal((await start('start', '/no/such')).code, 5)
    assert.equal((await start('stop')).code, 0)
    assert.equal((await start('status')).code, 3)
    assert.equal((await start('fly')).code, 2)
  })

  it('is a line of a crontab', () => {
    const lines = read('cron/holdfast')
      .split('\n')
      .filter((line) => /^[@\d]/u.test(line))
    assert.deepEqual(
      lines.map((line) => line.split(/\s+/u).slice(-4)),
      [
        ['root', '/opt/holdfast/holdfast', '-q', 'run'],
        ['root', '/opt/holdfast/holdfast', '-q', 'boot-report'],
      ],
    )
  })
})
