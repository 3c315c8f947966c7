import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openWorkGroup } from './work-group.ts'

const { signal } = new AbortController()

describe('openWorkGroup', () => {
  it('runs at most the given number in parallel, and waits for all', async () => {
    const lane = openWorkGroup(2, signal)
    let [running, most, done] = [0, 0, 0]
    for (let count = 0; count < 7; count++) {
      await lane.begin(async () => {
        running += 1
        most = Math.max(most, running)
        await turn()
        running -= 1
        done += 1
      })
    }
    await lane.settled()
    assert.deepEqual([most, done], [2, 7])
  })

  it('aborts the others at the first failure, starts no more, and rejects with it when all have ended', async () => {
    const lane = openWorkGroup(3, signal)
    let ended = 0
    const untilStopped = (stop: AbortSignal) =>
      new Promise<void>((_, reject) => {
        stop.addEventListener('abort', () => {
          ended += 1
          reject(new Error('told to stop'))
        })
      })
    await lane.begin(untilStopped)
    await lane.begin(untilStopped)
    await lane.begin(() => Promise.reject(new Error('the first failure')))
    await assert.rejects(
      lane.begin(() => assert.fail('begun')),
      /the first failure/u,
    )
    await assert.rejects(lane.settled(), /the first failure/u)
    assert.equal(ended, 2)
  })

  it('stops on an abort, with its reason', async () => {
    const outer = new AbortController()
    const [one, two] = [openWorkGroup(1, outer.signal), openWorkGroup(1, signal)]
    outer.abort(new Error('enough'))
    await assert.rejects(
      one.begin(() => assert.fail('begun')),
      /enough/u,
    )
    two.stop(new Error('for this reason'))
    assert.ok(two.signal.aborted)
    await assert.rejects(two.settled(), /for this reason/u)
  })
})
