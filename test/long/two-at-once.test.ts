import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertAllWhole, leftInWorkArea } from '../faults/sets.ts'
import { openSetup } from '../faults/setup.ts'
import { IS_SLICE, loopBudget, SEED } from './loops.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { randomFrom } from './random.ts'

const ROUNDS = Number(process.env['HOLDFAST_ROUNDS'] ?? 60)
const COPIES = 4

describe('two tasks on one root at the same time', { skip: onlyWhenLong() }, () => {
  it(`${IS_SLICE ? 'some' : ROUNDS} rounds, seed ${SEED}: neither hurts the other, also when one is killed`, async (t) => {
    const setup = openSetup(t)
    const sh = (script: string) => [{ type: 'exec-inline', argv: ['/bin/sh', '-c', script, setup.word] }]
    const task = (id: string) => ({
      id,
      type: 'backup',
      backend: 'localfs',
      'backend-param': { root: setup.root, 'nb-copy-limit': COPIES },
      objects: [
        { path: `${id}/a`, pipeline: sh('echo a; sleep 0.05') },
        { path: `${id}/b`, pipeline: sh('head -c 100000 /dev/zero') },
      ],
    })
    setup.configure({ 'nb-workers': 2, tasks: [task('one'), task('two')] })
    const random = randomFrom(SEED)
    const isOn = loopBudget()
    for (let round = 0; round < ROUNDS && isOn(); round += 1) {
      const isKilled = round % 2 === 1
      const delayMs = random() * 400
      const [one, two] = await Promise.all([
        setup.start(['-q', 'run', 'one'], {
          meanwhile: async (pid) => {
            if (!isKilled) return
            await sleep(delayMs)
            process.kill(pid, 'SIGKILL')
          },
        }),
        setup.start(['-q', 'run', 'two']),
      ])
      const where = `round ${round} of seed ${SEED}`
      assert.deepEqual([two.code, two.stderr], [0, ''], where)
      if (one.signal === null) assert.deepEqual([one.code, one.stderr], [0, ''], where)
      // Who is overtaken leaves the rotation to the other, who may be killed before it: then there are more for a while.
      assert.ok(assertAllWhole(setup.root).length > 0, where)
      if (one.signal === null) assert.deepEqual(leftInWorkArea(setup.root), [], where)
    }
    assert.equal((await setup.start(['-q', 'run', 'one'])).code, 0)
    const kept = assertAllWhole(setup.root).length
    assert.ok(kept === COPIES || (IS_SLICE && kept < COPIES), String(kept))
    assert.deepEqual([leftInWorkArea(setup.root), setup.living()], [[], []])
  })
})
