import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { ObjectSpec } from '../../plan/plan.ts'
import { scheduleObjects } from './object-scheduler.ts'

function objects(afters: readonly (readonly number[])[]): readonly ObjectSpec[] {
  return afters.map((after, index) => ({ path: String(index), stages: [], group: 'default', after }))
}

const never = new AbortController().signal

describe('scheduleObjects', () => {
  it('starts what became ready first, in the order of the list, one at a time with one worker', async () => {
    const order: string[] = []
    await scheduleObjects(objects([[], [], [0], []]), { workers: 1, signal: never }, (object) => {
      order.push(object.path)
      return Promise.resolve()
    })
    assert.deepEqual(order, ['0', '1', '3', '2'])
  })

  it('never starts an object before all that it waits for, never more at once than workers, and gives results in order', async () => {
    // Each object waits for some of those before it, so there is never a cycle.
    const afters = fc
      .array(fc.array(fc.nat(30), { maxLength: 3 }), { maxLength: 30 })
      .map((list) => list.map((after, index) => after.filter((it) => it < index)))
    await fc.assert(
      fc.asyncProperty(afters, fc.integer({ min: 1, max: 6 }), async (list, workers) => {
        const done = new Set<number>()
        let running = 0
        const results = await scheduleObjects(objects(list), { workers, signal: never }, async (object) => {
          assert.ok(object.after.every((other) => done.has(other)))
          assert.ok(++running <= workers)
          await Promise.resolve()
          running--
          done.add(Number(object.path))
          return object.path
        })
        assert.deepEqual(
          results,
          list.map((_, index) => String(index)),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('after a failure starts nothing more, stops what runs, waits for it, and tells the first cause', async () => {
    const events: string[] = []
    const making = scheduleObjects(objects([[], [], [], [0]]), { workers: 2, signal: never }, async (object, signal) => {
      events.push(`start ${object.path}`)
      if (object.path === '0') throw new Error('first')
      await sleep(5000, undefined, { signal }).catch(() => undefined)
      events.push(`stopped ${object.path}`)
      throw new Error('echo')
    })
    await assert.rejects(making, /first/u)
    assert.deepEqual(events, ['start 0', 'start 1', 'stopped 1'])
  })

  it('starts nothing after a stop', async () => {
    const stop = AbortSignal.abort(new Error('told to stop'))
    await assert.rejects(
      scheduleObjects(objects([[]]), { workers: 1, signal: stop }, () => assert.fail('started')),
      /told to stop/u,
    )
  })
})
