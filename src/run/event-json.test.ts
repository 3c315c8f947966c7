import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ProcessError } from '../process/process-result.ts'
import { encodeEvent } from './event-json.ts'
import type { RunEvent } from './events.ts'
import { RunError } from './run-error.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

function parsed(event: RunEvent): unknown {
  const line = encodeEvent(event, at)
  assert.equal(line.indexOf('\n'), line.length - 1)
  return JSON.parse(line)
}

describe('encodeEvent', () => {
  it('stamps each line with its time', () => {
    assert.deepEqual(parsed({ kind: 'run-began', runId: 'r', task: 't\n', steps: ['a'] }), {
      time: '2026-01-02T03:04:05.678Z',
      kind: 'run-began',
      version: 1,
      runId: 'r',
      task: 't\n',
      steps: ['a'],
    })
  })

  it('writes the sizes of a decision as digits, however large', () => {
    const rotation = { keep: [{ name: 'b', reason: 'newest' }], expire: [{ name: 'a', bytes: 2n ** 70n, reason: 'too many' }] }
    assert.deepEqual(parsed({ kind: 'rotation-decided', task: 't', step: 's', storage: '/b', rotation }), {
      time: at.toISOString(),
      kind: 'rotation-decided',
      task: 't',
      step: 's',
      storage: '/b',
      rotation: { ...rotation, expire: [{ name: 'a', bytes: '1180591620717411303424', reason: 'too many' }] },
    })
  })

  it('contains the result of a run, with message and code of its error', () => {
    const error = new RunError('locked', 'the task "t" is already running', {
      hint: 'Wait.',
      cause: new ProcessError('failed', 'EIO', { stderrTail: 'x\n' }),
    })
    const result = { runId: 'r', task: 't', status: 'locked', began: at, ended: at, notes: [], error } as const
    assert.deepEqual(parsed({ kind: 'run-ended', result }), {
      time: at.toISOString(),
      kind: 'run-ended',
      runId: 'r',
      task: 't',
      status: 'locked',
      began: at.toISOString(),
      ended: at.toISOString(),
      notes: [],
      error: { code: 'run/locked', message: 'the task "t" is already running: EIO', hint: 'Wait.', stderr: 'x\n' },
    })
  })
})
