import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decodeEvent } from './decode-event.ts'
import type { RunEvent } from './events.ts'
import { watchProgress } from './fold-events.ts'

const ofStep = { task: 't', step: 's' }

function progressAfter(...events: readonly RunEvent[]) {
  const watcher = watchProgress()
  for (const [index, event] of events.entries()) watcher.watch(event, index)
  return watcher.progress
}

const BEGAN: readonly RunEvent[] = [
  { kind: 'run-began', runId: 'r', task: 't', steps: ['a', 'b'] },
  { kind: 'step-began', task: 't', index: 0, steps: 2, text: 'a' },
  { kind: 'set-began', ...ofStep, storage: '/b', objects: 2 },
  { kind: 'object-began', ...ofStep, path: 'x', expectedBytes: 10 },
  { kind: 'object-began', ...ofStep, path: 'y' },
]

describe('watchProgress', () => {
  it('contains the objects in progress, and the number of complete ones', () => {
    const at = progressAfter(
      ...BEGAN,
      { kind: 'object-progress', ...ofStep, path: 'x', bytes: 4, storage: '/c' },
      { kind: 'object-ended', ...ofStep, path: 'y', durationMs: 1 },
    )
    assert.deepEqual(at.objects, [{ path: 'x', bytes: 4, expectedBytes: 10, beganMs: 3, storage: '/c' }])
    assert.deepEqual([at.made, at.wanted, at.steps.map(({ state }) => state)], [1, 2, ['running', 'waiting']])
  })

  it('keeps what the stages of an object do until they are examined again', () => {
    const activity = (cores: number) => ({ stages: [{ program: 'zstd', cores }], slowest: 0 })
    const progress = { kind: 'object-progress', ...ofStep, path: 'x', bytes: 4 } as const
    const at = progressAfter(...BEGAN, { ...progress, pipeline: activity(0.5) }, { ...progress, pipeline: activity(1) }, { ...progress, bytes: 5 })
    assert.deepEqual(at.objects[0], { path: 'x', bytes: 5, expectedBytes: 10, beganMs: 3, pipeline: activity(1) })
    assert.equal(at.objects[1]?.pipeline, undefined)
  })

  it('contains the objects of a drill, which are not made', () => {
    const at = progressAfter(
      ...BEGAN.slice(0, 2),
      { kind: 'set-began', ...ofStep, storage: '/b', objects: 3, drilled: '2026' },
      { kind: 'object-began', ...ofStep, path: 'x', isDrill: true },
      { kind: 'object-ended', ...ofStep, path: 'x', durationMs: 1, isDrill: true },
      { kind: 'object-began', ...ofStep, path: 'y', isDrill: true },
      { kind: 'object-failed', ...ofStep, path: 'y', durationMs: 1, stopped: false, stages: [], isDrill: true },
    )
    assert.deepEqual([at.isDrill, at.made, at.wanted, at.madeInAll], [true, 2, 3, 0])
  })

  it('forgets them with the step, and keeps what the run has done', () => {
    const at = progressAfter(
      ...BEGAN,
      { kind: 'object-ended', ...ofStep, path: 'x', durationMs: 1 },
      { kind: 'set-published', ...ofStep, storage: '/b', set: '2026', bytes: 7 },
      { kind: 'set-expired', ...ofStep, storage: '/b', set: '2025' },
      { kind: 'step-ended', task: 't', index: 0, durationMs: 9 },
      { kind: 'step-began', task: 't', index: 1, steps: 2, text: 'b' },
    )
    assert.deepEqual(at.steps, [
      { text: 'a', state: 'done', beganMs: 1, endedMs: 8 },
      { text: 'b', state: 'running', beganMs: 9 },
    ])
    assert.deepEqual([at.objects, at.made, at.wanted], [[], 0, 0])
    assert.deepEqual([at.published, at.expired, at.madeInAll], [[{ set: '2026', storage: '/b', bytes: 7 }], 1, 1])
  })

  it('passes over a step that the run did not name', () => {
    const at = progressAfter(...BEGAN, { kind: 'step-began', task: 't', index: 7, steps: 8, text: 'x' })
    assert.deepEqual(
      at.steps.map(({ text }) => text),
      ['a', 'b'],
    )
  })

  it('shows a task inside the task below the step that runs it', () => {
    const inner: RunEvent = { kind: 'step-began', task: 'u', index: 0, steps: 1, text: 'c' }
    assert.equal(progressAfter(...BEGAN, inner).inner, 'u: c')
    const failed: RunEvent = { kind: 'step-failed', task: 't', index: 0, steps: 2, text: 'a', code: 'x/y', message: 'm' }
    const at = progressAfter(...BEGAN, inner, { ...failed, task: 'u' }, failed)
    assert.deepEqual([at.inner, at.steps[0]?.state], [undefined, 'failed'])
  })

  it('follows a stream that a run of another process has written', () => {
    const watcher = watchProgress()
    for (const line of readFileSync(new URL('../../test/golden/native/events/0.1.0.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n')) {
      const decoded = decodeEvent(line)
      if (decoded.kind === 'event') watcher.watch(decoded.event, decoded.at.getTime())
    }
    const { steps, published, expired, madeInAll } = watcher.progress
    assert.deepEqual([steps.map(({ state }) => state), published.length, expired, madeInAll], [['done', 'done', 'failed'], 1, 1, 2])
  })
})
