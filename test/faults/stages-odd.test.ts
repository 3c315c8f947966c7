import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { manifestOf } from './sets.ts'
import { openSetup } from './setup.ts'
import { assertClean, runWell } from './simple-plan.ts'
import { ALL, configureStages, type Fault, FEW, placeName, SOURCE_BYTES } from './stage-faults.ts'

interface Oddity extends Fault {
  /** What comes out of a pipeline in which the stage at this position does it. */
  readonly bytes: (position: number) => number
}

const passesAll = (position: number) => (position === 0 ? 0 : SOURCE_BYTES)

const oddities: readonly Oddity[] = [
  { name: 'writes nothing', script: 'cat >/dev/null', bytes: () => 0 },
  { name: 'ends before its input does', script: 'head -c 10', endless: true, bytes: (at) => (at === 0 ? 0 : 10) },
  { name: 'closes its input and goes on', script: 'head -c 10; exec <&-; sleep 0.05; echo later', endless: true, bytes: (at) => (at === 0 ? 6 : 16) },
  { name: 'floods its stderr and ends well', script: 'head -c 3000000 /dev/zero >&2; cat', bytes: passesAll },
  {
    name: 'leaves a daemon of its own session, without a descriptor or variable of ours',
    script: 'setsid env -i sh -c "sleep 1000; :" "$0" </dev/null >/dev/null 2>&1 & cat',
    bytes: passesAll,
  },
]

describe('a stage with unusual behavior that is not a failure', () => {
  for (const fault of oddities) {
    it(`${fault.name}, in one pipeline`, async (t) => {
      const setup = openSetup(t)
      configureStages(setup, fault)
      for (const where of someOf(FEW)) {
        const newest = (await runWell(setup, placeName(where))).at(-1) ?? ''
        const made = manifestOf(setup.root, newest).objects.find(({ path }) => path === 'made')
        assert.equal(made?.bytes, fault.bytes(where.position), placeName(where))
      }
    })

    it(`${fault.name}, at every position of one to six stages in parallel`, async (t) => {
      const setup = openSetup(t)
      configureStages(setup, fault)
      const { code, stderr } = await setup.run(['run', 'everywhere'])
      assert.equal(code, 0, stderr)
      const newest = assertClean(setup).at(-1) ?? ''
      const made = new Map(manifestOf(setup.root, newest).objects.map(({ path, bytes }) => [path, bytes]))
      for (const where of ALL) assert.equal(made.get(placeName(where)), fault.bytes(where.position), placeName(where))
    })
  }
})
