import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { PastRun } from '../../../journal/write-history.ts'
import { demoHistory } from './demo-history.ts'

it('the invented runs name their step like a real run: a backup step without a name has that of its task', () => {
  const runs = demoHistory(new Date('2026-05-01T12:00:00Z'), 30, {} as PastRun['origin'])
  const named = runs.flatMap(({ events }) => events.flatMap(([, event]) => ('step' in event ? [[event.step, event.task]] : [])))
  assert.ok(named.length > 100)
  for (const [step, task] of named) assert.equal(step, task)
})
