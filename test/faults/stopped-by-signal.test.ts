import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { assertClean } from './simple-plan.ts'
import { assertNoneLost, type Model, makeModel, POINTS } from './stop-points.ts'

/** From here on the new set has its name: it stays. */
const NAMED = ['set-renamed', 'root-flushed', 'set-published', 'expire-renamed', 'expire-flushed', 'expire-deleted', 'rotated', 'step-ended']
/** Here nothing is left to be done, and a signal comes too late to stop anything. */
const DONE = ['rotated', 'step-ended']

describe('a run that is stopped', () => {
  let model: Model
  before(async () => {
    model = await makeModel()
  })
  after(() => model.remove())

  const signal = 'SIGTERM'
  for (const point of someOf(POINTS)) {
    it(`by ${signal} at "${point}": it leaves nothing, loses nothing, and ends by the signal`, async (t) => {
      const setup = model.open(t)
      let deliver: (signal: NodeJS.Signals) => void = () => assert.fail('nobody listens for signals')
      let times = 0
      const ended = await setup.run(['-q', 'run'], {
        clock: () => new Date('2021-01-01T00:00:00Z'),
        onSignals: (how) => {
          deliver = how
        },
        failpoint: (passed) => {
          if (passed === point && ++times === 1) deliver(signal)
        },
      })
      assert.ok(times > 0, 'the point was reached')
      const fresh = assertNoneLost(assertClean(setup), model.sets)
      assert.equal(fresh !== undefined, NAMED.includes(point))
      if (DONE.includes(point)) return assert.deepEqual(ended, { code: 0, signal: null, stdout: '', stderr: '' })
      assert.deepEqual([ended.code, ended.signal, ended.stdout], [null, signal, ''])
      assert.match(ended.stderr, new RegExp(`^error: stopped by ${signal}\\n`, 'u'))
    })
  }
})

describe('the program as a process, when stopped', () => {
  let model: Model
  before(async () => {
    model = await makeModel()
  })
  after(() => model.remove())

  for (const signal of ['TERM', 'HUP', 'INT', 'QUIT']) {
    for (const point of ['pipeline-started', 'manifest-written', 'expire-renamed']) {
      it(`by ${signal} at "${point}": it dies by the signal when it has rolled back`, async (t) => {
        const setup = model.open(t)
        const ended = await setup.start(['-q', 'run'], { at: [point, signal] })
        assertNoneLost(assertClean(setup), model.sets)
        assert.deepEqual([ended.signal, ended.stdout], [`SIG${signal}`, ''])
        assert.match(ended.stderr, new RegExp(`^error: stopped by SIG${signal}\\n`, 'u'))
      })
    }
  }
})
