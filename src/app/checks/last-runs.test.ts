import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunSummary } from '../../journal/run-record.ts'
import { decideLastRun } from './last-runs.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const run: RunSummary = {
  id: '20261122T110000Z-1',
  task: 'nightly',
  state: 'ok',
  began: new Date('2026-11-22T11:00:00Z'),
  config: '/c.yaml',
  dialect: 'native',
  tool: 'holdfast 1',
  host: 'h',
  pid: 1,
  startedBy: 'background',
  notes: [],
}

describe('the facts of the last run', () => {
  it('is as good as its end', () => {
    for (const [state, status, words] of [
      ['ok', 'ok', 'succeeded'],
      ['warnings', 'warn', 'succeeded with warnings'],
      ['partial', 'warn', 'partially succeeded'],
      ['failed', 'fail', 'failed'],
      ['interrupted', 'fail', 'was interrupted'],
      ['killed', 'fail', 'was killed'],
    ] as const) {
      const { hint, ...result } = decideLastRun({ ...run, state }, NOW)
      const facts = [{ label: 'nightly last run age', value: 3600, unit: 's' }]
      assert.deepEqual(result, { status, reason: `the last run of "nightly", 1 h ago, ${words}`, facts })
      assert.equal(hint, status === 'ok' ? undefined : 'See "show 20261122T110000Z-1" for details.')
    }
  })

  it('gives the reason, from the error or the first note', () => {
    assert.match(decideLastRun({ ...run, state: 'warnings', notes: ['one', 'two'] }, NOW).reason, /succeeded with warnings: one$/u)
    assert.match(
      decideLastRun({ ...run, state: 'failed', notes: ['one'], error: { code: 'a/b', message: 'no room' } }, NOW).reason,
      /failed: no room$/u,
    )
  })
})
