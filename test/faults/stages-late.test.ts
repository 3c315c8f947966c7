import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../support/time-limits.ts'
import { manifestOf } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean, runWell } from './simple-plan.ts'
import { ALL, configureStages, placeName, SOURCE_BYTES } from './stage-faults.ts'

// Each of these waits for ten seconds, so they are processes of their own and wait together.
describe('a stage that does not go away', { concurrency: true }, () => {
  it('leaves a daemon that holds the pipes open: it is ended, and noted', async (t) => {
    const setup = openSetup(t)
    configureStages(setup, { name: '', script: '(setsid sh -c "sleep 1000; :" "$0" &) ; cat' })
    const { code, stderr } = await setup.start(['run', 'everywhere'])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /ended \d+ idle background process\(es\) that held the pipe open/u)
    const made = new Map(manifestOf(setup.root, assertClean(setup).at(-1) ?? '').objects.map(({ path, bytes }) => [path, bytes]))
    for (const where of ALL) assert.equal(made.get(placeName(where)), where.position === 0 ? 0 : SOURCE_BYTES, placeName(where))
  })

  it('ignores SIGTERM, and so does its daemon: both are killed', async (t) => {
    const setup = openSetup(t)
    configureStages(setup, {
      name: '',
      script: 'trap "" TERM HUP INT; (setsid sh -c ": >daemon.$$; sleep 1000; :" "$0" &); : >stage.$$; while :; do sleep 1000; done',
    })
    const { code, signal, stderr } = await setup.start(['-q', 'run', 'everywhere'], {
      meanwhile: async (pid) => {
        await until(() => filesIn(setup) === 2 * ALL.length)
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.deepEqual([code, signal], [null, 'SIGTERM'], stderr)
    assert.match(stderr, /stopped by SIGTERM/u)
    assert.deepEqual(assertClean(setup), [])
    await runWell(setup, 'good')
  })
})

function filesIn({ top }: Setup): number {
  return readdirSync(join(top, 'work')).length
}
