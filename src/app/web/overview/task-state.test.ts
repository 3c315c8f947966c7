import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideTaskState } from './task-state.ts'

const NEVER = { ended: [], isRunning: false, missed: undefined, isScheduled: false }

test('a task that has never run is not good: scheduled, it is unknown; otherwise, never run', () => {
  assert.equal(decideTaskState(NEVER).state, 'never-run')
  assert.equal(decideTaskState({ ...NEVER, isScheduled: true }).state, 'unknown')
  assert.equal(decideTaskState({ ...NEVER, isRunning: true }).state, 'unknown')
  assert.equal(decideTaskState({ ...NEVER, isScheduled: true, missed: new Date(0) }).state, 'overdue')
})
