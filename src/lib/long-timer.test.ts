import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { abortedAfter, pause, startTimer } from './long-timer.ts'

const DAY_MS = 24 * 3600_000

describe('a long timer', () => {
  it('does not fire before its time, however long that is', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let now = 0
    mock.method(performance, 'now', () => now)
    const fired: string[] = []
    const later = (days: number) => {
      for (let day = 0; day < days; day++) {
        now += DAY_MS
        t.mock.timers.tick(DAY_MS)
      }
    }
    startTimer(30 * DAY_MS, () => fired.push('30 days'))
    startTimer(10_000 * DAY_MS, () => fired.push('10000 days'))
    const late = abortedAfter(10_000 * DAY_MS)
    const stop = startTimer(60 * DAY_MS, () => fired.push('stopped'))
    later(29)
    assert.deepEqual(fired, [])
    later(2)
    assert.deepEqual(fired, ['30 days'])
    stop()
    later(9968)
    assert.deepEqual([fired, late.aborted], [['30 days'], false])
    later(2)
    assert.deepEqual(fired, ['30 days', '10000 days'])
    assert.equal((late.reason as DOMException | undefined)?.name, 'TimeoutError')
    mock.restoreAll()
  })

  it('makes signals and pauses that do not end immediately', async () => {
    assert.equal(abortedAfter(10_000 * DAY_MS).aborted, false)
    const short = abortedAfter(1)
    await new Promise((resolve) => short.addEventListener('abort', resolve))
    const stop = new AbortController()
    const pausing = pause(10_000 * DAY_MS, stop.signal)
    stop.abort()
    await assert.rejects(pausing, { name: 'AbortError' })
    await pause(1)
  })
})
