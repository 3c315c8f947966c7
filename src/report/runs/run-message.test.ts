import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openRedactor } from '../../lib/redactor/redactor.ts'
import { ProcessError } from '../../process/process-result.ts'
import type { RunResult } from '../../run/run-result.ts'
import { renderRunMessage } from './run-message.ts'
import { causeKey, type RunStory } from './run-story.ts'

const began = new Date('2026-02-03T04:05:06Z')
const ended = new Date('2026-02-03T05:07:08Z')
const good: RunResult = { runId: '20260203T040506Z-0a1b2c3d', task: 'nightly', status: 'ok', began, ended, notes: [] }
const error = new ProcessError('failed', 'pg_dump failed (exit code 1): pg_dump shop', { stderrTail: 'x' })
const failed: RunResult = {
  ...good,
  status: 'failed',
  error,
  failedAt: { task: 'nightly', index: 1, steps: 3, text: 'back up 2 objects to "/b"', object: 'shop.dump' },
}

function story(result: RunResult, options: Partial<RunStory> = {}): RunStory {
  const progress = { published: [], expired: 0, madeInAll: 0 }
  return {
    host: 'web-01',
    config: '/etc/holdfast/holdfast.yaml',
    result,
    progress,
    cause: { hint: undefined, stderr: undefined },
    redactor: openRedactor(),
    ...options,
  }
}

describe('a message about a failing run', () => {
  it('contains the fault, the location, the cause and a hint', () => {
    const told = story(failed, {
      progress: { published: [], expired: 0, madeInAll: 1 },
      cause: { hint: 'Is the server running?', stderr: 'first\npg_dump: error: \u001b[31mno\n' },
    })
    const { subject, text, outcome } = renderRunMessage(told, 'failure')
    assert.equal(subject, 'web-01: task "nightly" failed at "shop.dump": pg_dump failed (exit code 1): pg_dump shop')
    assert.equal(outcome, 'bad')
    assert.equal(
      text,
      `error:  pg_dump failed (exit code 1): pg_dump shop
where:  task "nightly", step 2 of 3, object "shop.dump"
fix:    Is the server running?
host:   web-01
run:    20260203T040506Z-0a1b2c3d, began 2026-02-03 04:05:06 UTC, took 1 h 2 min
config: /etc/holdfast/holdfast.yaml
set:    none was published

Last output of the failed program:
    first
    pg_dump: error: \\u001b[31mno

For details, run "holdfast show 20260203T040506Z-0a1b2c3d" on that host.
`,
    )
  })

  it('has a subject for every way to fail, on one line of a bearable length', () => {
    const subjectOf = (options: Partial<RunResult>, event: 'failure' | 'reminder' = 'failure') =>
      renderRunMessage(story({ ...failed, ...options }), event).subject
    assert.match(subjectOf({}, 'reminder'), /task "nightly" still fails at/u)
    assert.equal(subjectOf({ status: 'interrupted', signal: 'SIGTERM' }), 'web-01: task "nightly" was stopped by SIGTERM')
    assert.equal(subjectOf({ status: 'locked' }), 'web-01: task "nightly" did not run: it is already running')
    assert.equal(subjectOf({ status: 'partial' }), 'web-01: task "nightly" partially succeeded')
    const long = subjectOf({ error: new ProcessError('failed', `a\nb${'x'.repeat(1000)}`) })
    assert.equal(long.length, 180)
    assert.doesNotMatch(long, /\n/u)
  })

  it('has no secret in any of its forms', () => {
    const canary = 'line one of it\nCANARY-2\ttab'
    const told = story(
      {
        ...failed,
        error: new ProcessError('failed', `"x" said ${canary}`),
        notes: [`note: ${canary}`],
      },
      {
        cause: { hint: undefined, stderr: `PASSWORD=CANARY-3\n${canary}\nmysql -pCANARY-5\npostgres://u:CANARY-4@h\n` },
        redactor: openRedactor([canary, 'abc']),
      },
    )
    const message = renderRunMessage(told, 'failure')
    assert.doesNotMatch(JSON.stringify(message), /CANARY|line one/u)
    assert.match(message.text, /PASSWORD=…/u)
  })

  it('carries everything for programs', () => {
    const { data } = renderRunMessage(story(failed), 'failure')
    assert.deepEqual(JSON.parse(JSON.stringify(data)), {
      kind: 'run',
      event: 'failure',
      subject: data['subject'],
      text: data['text'],
      host: 'web-01',
      config: '/etc/holdfast/holdfast.yaml',
      task: 'nightly',
      run: good.runId,
      status: 'failed',
      began: '2026-02-03T04:05:06.000Z',
      ended: '2026-02-03T05:07:08.000Z',
      durationMs: 3_722_000,
      error: { code: 'process/failed', message: error.message },
      failedAt: { ...failed.failedAt },
      notes: [],
      published: [],
      expired: 0,
      objects: 0,
    })
  })
})

describe('a message about a good run', () => {
  it('lists the sets and the notes', () => {
    const progress = { published: [{ set: '2026-02-03T04:05:06+00:00', storage: '"/b"', bytes: 3_000_000_000 }], expired: 2, madeInAll: 2 }
    const { subject, text, outcome } = renderRunMessage(
      story({ ...good, status: 'warnings', notes: ['the clock is behind'] }, { progress }),
      'warnings',
    )
    assert.equal(subject, 'web-01: task "nightly" succeeded, with 1 note')
    assert.match(
      text,
      /^result: succeeded$[\s\S]*^set: {4}2026-02-03T04:05:06\+00:00 on "\/b", 2\.8 GiB$\n^ {8}2 older sets expired$\n^note: {3}the clock is behind$/mu,
    )
    assert.equal(outcome, 'good')
    assert.equal(renderRunMessage(story(good), 'recovery').subject, 'web-01: task "nightly" recovered')
    assert.equal(renderRunMessage(story(good), 'success').subject, 'web-01: task "nightly" succeeded')
  })
})

describe('causeKey', () => {
  it('is the same for the same failure, whatever changes from run to run', () => {
    const again = { ...failed, runId: 'other', began: ended, error: new ProcessError('failed', 'another text, with pid 123') }
    assert.equal(causeKey(again), causeKey(failed))
    assert.ok(failed.failedAt)
    for (const other of [
      { ...failed, error: new ProcessError('stalled', 'x') },
      { ...failed, failedAt: { ...failed.failedAt, object: 'other' } },
      { ...failed, failedAt: { ...failed.failedAt, index: 2 } },
      { ...failed, status: 'partial' as const },
    ])
      assert.notEqual(causeKey(other), causeKey(failed))
    assert.equal(causeKey(good), undefined)
    assert.equal(causeKey({ ...good, status: 'warnings' }), undefined)
  })
})
