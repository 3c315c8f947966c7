import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { openSetup } from './setup.ts'
import { assertClean, runWell } from './simple-plan.ts'
import { ALL, configureStages, type Fault, FEW, placeName, type Where } from './stage-faults.ts'

interface Failure extends Fault {
  readonly says: RegExp
  readonly where: readonly Where[]
  readonly options?: readonly string[]
}

const failures: readonly Failure[] = [
  { name: 'exits 1', script: 'head -c 1000; exit 1', endless: true, where: ALL, says: /misbehaves failed \(exit code 1\)/u },
  { name: 'is killed', script: 'head -c 1000; kill -SEGV $$', endless: true, where: ALL, says: /misbehaves failed \(killed by SIGSEGV\)/u },
  {
    name: 'stalls',
    script: 'head -c 1000; sleep 1000; :',
    where: ALL,
    says: /"[^"]*misbehaves[^"]*" stalled/u,
    options: ['--stall-limit', '200ms'],
  },
  { name: 'exits 1 at once', script: 'exit 1', where: FEW, says: /misbehaves failed \(exit code 1\)/u },
  { name: 'fails after all its bytes', script: 'cat; exit 7', where: FEW, says: /misbehaves failed \(exit code 7\)/u },
  {
    name: 'floods its stderr and fails',
    script: 'seq 400000 >&2; exit 3',
    where: FEW,
    says: /misbehaves failed \(exit code 3\)[\s\S]*\n +400000\n/u,
  },
]

describe('a stage that fails, at its position', () => {
  for (const fault of failures) {
    it(fault.name, async (t) => {
      const setup = openSetup(t)
      configureStages(setup, fault)
      await runWell(setup, 'good')
      let before = await runWell(setup, 'good')
      for (const where of someOf(fault.where, 8)) {
        const { code, stdout, stderr } = await setup.run(['-q', 'run', placeName(where), ...(fault.options ?? [])])
        assert.deepEqual([code, stdout], [1, ''], placeName(where))
        assert.match(stderr, fault.says, placeName(where))
        assert.deepEqual(assertClean(setup), before, 'a failed run publishes nothing and removes nothing')
        before = await runWell(setup, 'good')
        assert.equal(before.length, 2)
      }
    })
  }
})
