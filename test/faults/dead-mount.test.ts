import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../support/time-limits.ts'
import { cannotMountDead, type DeadMount, mountDead } from './dead-mount.ts'
import { openSetup } from './setup.ts'
import { configureSimple } from './simple-plan.ts'

// They wait together: each for the half minute that a root may take to answer.
describe('a root on a mount that does not answer', { skip: cannotMountDead(), concurrency: true }, () => {
  const open = (t: Parameters<typeof openSetup>[0], below: string) => {
    let mount: DeadMount | undefined
    const setup = openSetup(t, () => mount?.end())
    mount = mountDead(setup.root)
    configureSimple({ ...setup, root: join(setup.root, below) })
    return setup
  }

  for (const [args, below] of [
    [['-q', 'run'], ''],
    [['-q', 'run'], 'deep/below'],
    [['sets'], ''],
    [['verify'], ''],
    [['run', '--dry-run'], ''],
  ] as const) {
    it(`"${args.join(' ')}"${below && ', with the root in a folder on it,'} ends with an error`, async (t) => {
      const setup = open(t, below)
      const { code, stdout, stderr } = await setup.start(args)
      assert.equal(code, 1)
      assert.match(`${stdout}${stderr}`, /no answer from the file system of "[^"]*\/root[^"]*" within 30 s/u)
      assert.deepEqual(setup.living(), [])
    })
  }

  it('a run that waits for it terminates by the signal', async (t) => {
    const setup = open(t, '')
    const { signal, stderr } = await setup.start(['-q', 'run'], {
      meanwhile: async (pid) => {
        await until(() => setup.living().some((text) => text.includes('stat --file-system')))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal(signal, 'SIGTERM')
    assert.match(stderr, /^error: stopped by SIGTERM\n/u)
    assert.deepEqual(setup.living(), [])
  })
})

describe('a mount that does not answer, beside a source', { skip: cannotMountDead() }, () => {
  for (const args of [
    ['-q', 'run', 'nightly'],
    ['run', 'nightly', '--dry-run'],
  ])
    it(`does not stop "${args.join(' ')}" of another step`, async (t) => {
      let mount: DeadMount | undefined
      const setup = openSetup(t, () => mount?.end(), 'plan.yaml')
      mount = mountDead(join(setup.top, 'dead'))
      mkdirSync(join(setup.top, 'data'))
      const storages = `storages: { here: { type: localfs, root: ${setup.root} }, nas: { type: localfs, root: ${join(setup.top, 'dead/sets')} } }`
      const step = (to: string, path: string) => `{ steps: [{ backup: { to: ${to}, objects: { data: { files: { paths: [${path}] } } } } }] }`
      const tasks = `tasks: { nightly: ${step('here', join(setup.top, 'data'))}, weekly: ${step('nas', '/etc/hostname')} }`
      writeFileSync(join(setup.top, 'plan.yaml'), `version: 1\n${storages}\n${tasks}\n`)
      const { code, stderr } = await setup.start(args)
      assert.deepEqual([code, stderr], [0, ''])
    })
})
