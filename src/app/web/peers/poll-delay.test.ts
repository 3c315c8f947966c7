import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pollDelayMs } from './poll-delay.ts'

test('a host that fails is polled less and less often, at least every ten minutes or so', () => {
  const seconds = (failures: number, random: number) => pollDelayMs(failures, random) / 1000
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 1000].map((failures) => seconds(failures, 0.5)),
    [30, 60, 120, 240, 480, 600, 600],
  )
  assert.deepEqual([seconds(0, 0), seconds(0, 1), seconds(9, 1)], [22.5, 37.5, 750])
})
