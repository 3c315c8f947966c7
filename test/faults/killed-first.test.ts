import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { assertAllWhole } from './sets.ts'
import { openSetup } from './setup.ts'
import { assertRecovers, configure } from './stop-points.ts'

// From the first thing that is made in the root until the set is there for good.
const POINTS = [
  'swept',
  'work-begun',
  'object-opened',
  'pipeline-started',
  'object-made',
  'manifest-written',
  'folders-flushed',
  'set-renamed',
  'root-flushed',
]

describe('a run that is killed with SIGKILL, being the first on its root', () => {
  for (const point of someOf(POINTS)) {
    it(`at "${point}": there is a complete set or none, and the next run removes the remains`, async (t) => {
      const setup = openSetup(t)
      configure(setup, { copies: 1 })
      assert.equal((await setup.start(['-q', 'run'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      assert.ok(assertAllWhole(setup.root).length <= 1)
      await assertRecovers(setup)
    })
  }
})
