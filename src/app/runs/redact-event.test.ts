import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageOf } from '../../lib/errors.ts'
import { openRedactor } from '../../lib/redactor/redactor.ts'
import { ProcessError, stagesOf, stderrTailOf } from '../../process/process-result.ts'
import type { RunEvent } from '../../run/events.ts'
import { RunError } from '../../run/run-error.ts'
import { redactEvent } from './redact-event.ts'

const SECRETS = openRedactor(['hushhush'])
const STAGE = { program: 'sh', pid: 1, exitCode: 3, durationMs: 5, stderrTail: 'tail hushhush\n', taps: ['tap hushhush', 2] }

describe('secrets in events', () => {
  it('are masked in texts, but not in names', () => {
    const began = new Date(0)
    const events: readonly RunEvent[] = [
      { kind: 'stderr', task: 'hushhush', stage: 's', text: 'said hushhush', show: 'always' },
      { kind: 'step-failed', task: 't', index: 0, steps: 1, text: 'TOKEN=hushhush x', code: 'a/b', message: 'm hushhush', stderr: 'e hushhush' },
      { kind: 'object-ended', task: 't', step: 's', path: 'hushhush', durationMs: 1, stages: [STAGE] },
      { kind: 'run-ended', result: { runId: 'r', task: 't', status: 'warnings', began, ended: began, notes: ['n hushhush'] } },
    ]
    const before = structuredClone(events)
    const hidden = events.map((event) => redactEvent(event, SECRETS))
    assert.deepEqual(hidden, [
      { ...events[0], text: 'said …' },
      { ...events[1], text: 'TOKEN=… x', message: 'm …', stderr: 'e …' },
      { ...events[2], stages: [{ ...STAGE, stderrTail: 'tail …\n', taps: ['tap …', 2] }] },
      { kind: 'run-ended', result: { runId: 'r', task: 't', status: 'warnings', began, ended: began, notes: ['n …'] } },
    ])
    assert.deepEqual(events, before)
  })

  it('are hidden in an error and its causes, which stay what they are', () => {
    const cause = new ProcessError('failed', 'cause hushhush', { hint: 'Ask hushhush.', stderrTail: 'tail hushhush', stages: [STAGE] })
    const error = new RunError('system', 'it hushhush', { cause })
    const now = new Date(0)
    const event = redactEvent(
      { kind: 'run-ended', result: { runId: 'r', task: 't', status: 'failed', began: now, ended: now, notes: [], error } },
      SECRETS,
    )
    assert.ok(event.kind === 'run-ended')
    const { error: hidden } = event.result
    assert.ok(hidden instanceof RunError)
    assert.deepEqual(
      [hidden.code, messageOf(hidden), stderrTailOf(hidden), stagesOf(hidden).map(({ stderrTail }) => stderrTail)],
      ['run/system', 'it …: cause …', 'tail …', ['tail …\n']],
    )
    assert.ok(hidden.cause instanceof ProcessError)
    assert.equal(hidden.cause.hint, 'Ask ….')
    assert.equal(messageOf(error), 'it hushhush: cause hushhush')
  })
})
