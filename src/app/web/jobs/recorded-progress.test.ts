import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { RunRecord, RunState } from '../../../journal/run-record.ts'
import { openProgressReader } from './recorded-progress.ts'

const AT = new Date('2026-01-02T03:04:05Z')

/** A run with one object, which is made or has been made. */
function runOf(id: string, state: RunState): RunRecord {
  const facts = {
    began: AT,
    config: '/etc/plan',
    dialect: 'native',
    tool: 'holdfast 1',
    host: 'here',
    pid: 1,
    startedBy: 'cron',
    notes: [],
    sets: [],
  }
  const object = { path: 'data', began: AT, stages: [], ...(state === 'running' ? { doneBytes: 10 } : { status: 'ok' as const, bytes: 100 }) }
  const step = { number: 1, task: 'nightly', index: 0, text: 'files', began: AT, stages: [], objects: [object], wanted: 1 }
  return { ...facts, id, task: 'nightly', state, steps: [state === 'running' ? step : { ...step, status: 'ok' }] }
}

it('expected sizes that could not be read are read by the next call, and then kept', async () => {
  const [now, before] = [runOf('2', 'running'), runOf('1', 'ok')]
  let calls = 0
  const reader = openProgressReader(
    {
      async runs() {
        calls += 1
        if (calls === 1) throw new Error('database is locked')
        return [now, before]
      },
      run: async () => before,
    },
    () => AT.getTime(),
  )
  const expected = async () => (await reader.read(now)).objects.map((it) => it.expectedBytes)
  assert.deepEqual(await expected(), [null])
  assert.deepEqual(await Promise.all([expected(), expected()]), [[100], [100]])
  assert.deepEqual(await expected(), [100])
  assert.equal(calls, 2)
})
