import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { openPlace } from './palhm/place.ts'

describe('check', () => {
  it('is unknown for a task without a record that should have run, but not for a new one', async (t) => {
    const place = openPlace(t)
    const tasks = 'nightly: { schedule: daily, steps: [] }, late: { schedule: hourly, steps: [] }, outer: { steps: [ { task: nightly } ] }'
    const config = place.write('plan.yaml', `version: 1\ntasks: { ${tasks} }\n`)
    const start = (...args: readonly string[]) => place.start(['-f', config, ...args], { as: 'holdfast' })
    const none = await start('check', '-v', '--timeout', '10m')
    assert.equal(none.code, 3)
    assert.match(none.stdout, /^HOLDFAST UNKNOWN - no runs are recorded\n.*HOLDFAST_STATE/u)
    await start('-q', 'run', 'outer')
    assert.match((await start('check', '--timeout', '10m')).stdout, /^HOLDFAST OK - the last run succeeded\|/u)

    const before = new Date(Date.now() - 20 * 3600_000)
    const db = new DatabaseSync(join(place.top, 'state/journal.db'))
    db.exec(`update runs set began = '${before.toISOString()}'`)
    db.close()
    assert.equal((await start('check', '--timeout', '10m')).code, 0, 'the configuration is new')
    utimesSync(config, before, before)
    const { code, stdout } = await start('check', '--timeout', '10m')
    assert.equal(code, 3)
    assert.match(stdout, /^HOLDFAST UNKNOWN - "late" has a schedule, but no run of it was recorded in the last 20 h\|/u)
    assert.equal((await start('check', 'nightly', '--timeout', '10m')).code, 0, 'as a step of another task it has no record of its own')
  })
})
