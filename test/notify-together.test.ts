import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { until } from './support/time-limits.ts'

const sh = (script: string) => `{ type: exec, command: [/bin/sh, -c, ${JSON.stringify(script)}], timeout: 60s, give-up-after: 60s, retries: 0 }`

describe('notifiers that are programs', { concurrency: 2 }, () => {
  it('do not wait for each other', async (t) => {
    const place = openPlace(t)
    // Each ends only after the other one has begun.
    const meets = (own: string, other: string) => sh(`touch ${place.run}/${own}; until [ -e ${place.run}/${other} ]; do sleep 0.1; done`)
    const notifiers = `notifiers: { a: ${meets('a', 'b')}, b: ${meets('b', 'a')} }\nnotify: { to: [a, b], on: always }`
    const config = place.write('plan.yaml', `version: 1\n${notifiers}\ntasks: { t: { steps: [ { exec: ['true'] } ] } }\n`)
    const { code, stderr } = await place.start(['-q', '-f', config, 'run', 't', '--strict'], { as: 'holdfast' })
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('can finish if the program is stopped in the meantime', async (t) => {
    const place = openPlace(t)
    const [began, goOn, sent] = ['began', 'go-on', 'sent'].map((name) => join(place.run, name)) as [string, string, string]
    const notifier = sh(`touch ${began}; until [ -e ${goOn} ]; do sleep 0.1; done; touch ${sent}`)
    const rules = `notifiers: { ops: ${notifier} }\nnotify: ops`
    const config = place.write('plan.yaml', `version: 1\n${rules}\ntasks: { t: { steps: [ { exec: ['false'] } ] } }\n`)
    const { stderr } = await place.start(['-f', config, 'run', 't'], {
      as: 'holdfast',
      meanwhile: async (pid) => {
        await until(() => existsSync(began))
        process.kill(pid, 'SIGTERM')
        writeFileSync(goOn, '')
      },
    })
    assert.doesNotMatch(stderr, /could not notify/u)
    assert.ok(existsSync(sent), stderr)
  })
})
