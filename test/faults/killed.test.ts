import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { assertAllWhole } from './sets.ts'
import { assertNoneLost, assertRecovers, type Model, makeModel, OBJECTS, OLD_SETS, POINTS } from './stop-points.ts'

/** Every point when it is passed first, and the last time that those are passed which a run comes to more than once. */
const OCCASIONS = [
  ...POINTS,
  ...['object-opened', 'pipeline-started', 'pipeline-ended', 'object-flushed', 'object-made'].map((point) => `${point}#${OBJECTS}`),
  'own-file-written#4',
  ...['expire-renamed', 'expire-flushed', 'expire-deleted'].map((point) => `${point}#${OLD_SETS}`),
]

describe('a run killed with SIGKILL while it makes several objects in parallel, or removes several old sets', () => {
  let model: Model
  before(async () => {
    model = await makeModel()
  })
  after(() => model.remove())

  for (const point of someOf(OCCASIONS, 2)) {
    it(`at "${point}": every set is complete, none is lost, and the next run removes the remains, including processes`, async (t) => {
      const setup = model.open(t)
      assert.equal((await setup.start(['-q', 'run'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      assertNoneLost(assertAllWhole(setup.root), model.sets)
      await assertRecovers(setup)
    })
  }
})
