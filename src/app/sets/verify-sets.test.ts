import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { it } from 'node:test'
import { openSetup } from '../../../test/faults/setup.ts'
import { holdSignals } from '../host/held-signals.ts'
import type { Host } from '../host/host.ts'
import { loadPlan } from '../host/load-plan.ts'
import { isSound } from './set-verification.ts'
import { verifySets } from './verify-sets.ts'

it('reports a set that is removed while all are verified as removed, not as damaged', async (t) => {
  const setup = openSetup(t, undefined, 'plan.yaml')
  setup.configure({
    version: 1,
    storages: { disk: { type: 'localfs', root: setup.root } },
    tasks: { t: { steps: [{ backup: { to: ['disk'], objects: { a: { exec: ['echo'] } } } }] } },
  })
  for (let run = 0; run < 3; run += 1) assert.equal((await setup.run(['-q', 'run', 't'])).code, 0)
  const manifests = readdirSync(setup.root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('/manifest.json'))
  const names = manifests.map((path) => basename(dirname(path))).toSorted()
  const pathOf = (name: string) => dirname(join(setup.root, manifests.find((path) => path.includes(`/${name}/`)) ?? name))
  const host: Host = {
    ...{ env: { ...process.env, HOLDFAST_STATE: setup.state }, uid: process.getuid?.() ?? 0, clock: () => new Date() },
    ...{ signals: holdSignals(() => () => undefined), isAtTerminal: false },
    ...{ fail: (error) => assert.fail(error), note: assert.fail, print: assert.fail },
  }
  const plan = await loadPlan({ invokedAs: 'holdfast', file: join(setup.top, 'plan.yaml') }, host.env)
  const reading = { isDeep: false, keyFiles: {} }
  const verify = async (set: string, remove: (name: string) => boolean) => {
    const found: string[] = []
    const isGood = await verifySets(
      { plan, task: 't', storage: undefined, acceptRoot: false, trustRoot: false, set, reading },
      {
        onBegin(name) {
          if (remove(name)) rmSync(pathOf(name), { recursive: true })
        },
        onVerified: (verification) => found.push(isSound(verification) ? 'good' : 'bad'),
        onRemoved: () => found.push('removed'),
        onEmpty: (error) => found.push(error.code),
      },
      host,
    )
    return { isGood, found }
  }
  let begun = 0
  assert.deepEqual(await verify('all', () => ++begun === 2), { isGood: true, found: ['good', 'removed', 'good'] })
  assert.deepEqual(await verify('latest', () => true), { isGood: false, found: ['removed', 'cli/nothing-to-verify'] })
  assert.deepEqual(await verify(names[0] ?? '', () => true), { isGood: false, found: ['bad'] })
})
