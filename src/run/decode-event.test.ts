import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ProcessError } from '../process/process-result.ts'
import { decodeActivity, decodeEvent, ReportedError } from './decode-event.ts'
import { encodeEvent } from './event-json.ts'
import type { RunEvent } from './events.ts'
import { RunError } from './run-error.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const ofStep = { task: 't', step: 's' }
const place = { task: 't', index: 1, steps: 3, text: 'run "x"', name: 'n', dry: true } as const
const stage = {
  program: 'cat',
  execId: 'c',
  pid: 7,
  exitCode: 0,
  durationMs: 1.5,
  stderrTail: '',
  taps: [3, 'x', { lines: 2, bytes: 9, digest: 'd', attributes: 1 }],
}
const activity = { program: 'zstd', execId: 'z', readBytes: 9, writtenBytes: 5, bytesPerSecond: 3, cores: 0.98, starved: 0.1, blocked: 0 }
const pipeline = { stages: [{ program: 'tar', exitCode: 0 }, activity, { program: 'age', signal: 'SIGKILL' as const }], slowest: 1 }
const fact = { label: 'age', value: 5, unit: 's', warn: '10', fail: '20', min: '0', max: '30' }

// Typed by the union: a kind that is missing here does not compile.
const SAMPLES: { readonly [K in RunEvent['kind']]: Extract<RunEvent, { readonly kind: K }> } = {
  'run-began': { kind: 'run-began', runId: 'r', task: 't\n', steps: ['a'] },
  'step-began': { kind: 'step-began', ...place },
  'step-ended': { kind: 'step-ended', task: 't', index: 0, durationMs: 3, stages: [stage, { ...stage, signal: 'SIGKILL' }], partial: true },
  'step-failed': { kind: 'step-failed', ...place, code: 'run/x', message: 'm', stderr: 'e' },
  stdout: { kind: 'stdout', task: 't', stage: 'a', text: 'x', show: 'verbose' },
  stderr: { kind: 'stderr', task: 't', stage: 'a', text: '\u0000', show: 'never' },
  note: { kind: 'note', task: 't', text: 'n', isError: true },
  'root-awaited': { kind: 'root-awaited', ...ofStep, storage: '/b', by: 'x', holder: { task: 'o', pid: 9, since: at } },
  'set-began': { kind: 'set-began', ...ofStep, storage: '/b', objects: 2, drilled: '2026' },
  'object-began': { kind: 'object-began', ...ofStep, path: 'a/b', expectedBytes: 10, isDrill: true },
  'object-progress': { kind: 'object-progress', ...ofStep, path: 'a/b', bytes: 5, storage: '/c', pipeline },
  'object-ended': {
    kind: 'object-ended',
    ...ofStep,
    path: 'a/b',
    bytes: 10,
    sha256: 'f',
    durationMs: 9,
    stages: [stage],
    isDrill: true,
    isOnlyRead: true,
  },
  'object-failed': { kind: 'object-failed', ...ofStep, path: 'a/b', durationMs: 9, stopped: true, stages: [], isDrill: true },
  'set-published': { kind: 'set-published', ...ofStep, storage: '/b', set: '2026', bytes: 10 },
  'set-failed': { kind: 'set-failed', ...ofStep, storage: '/b', set: '2026', stopped: false, code: 'storage/x', message: 'm' },
  'rotation-decided': {
    kind: 'rotation-decided',
    ...ofStep,
    storage: '/b',
    rotation: { keep: [{ name: 'b', reason: 'newest' }], expire: [{ name: 'a', bytes: 2n ** 70n, reason: 'too many' }], waits: 'w' },
  },
  'set-expired': { kind: 'set-expired', ...ofStep, storage: '/b', set: '2025' },
  'archive-began': { kind: 'archive-began', ...ofStep, source: '/s', path: '/a', level: 1, base: '/o' },
  'archive-ended': {
    kind: 'archive-ended',
    ...ofStep,
    path: '/a',
    bytes: 1,
    entries: 2,
    unchanged: 3,
    excluded: 4,
    sha1: 'f',
    durationMs: 5,
    dry: false,
  },
  'file-skipped': { kind: 'file-skipped', ...ofStep, path: 'p', reason: 'r' },
  'file-decided': { kind: 'file-decided', ...ofStep, decision: 'equal', path: 'p', entry: 'e' },
  'file-kept': { kind: 'file-kept', ...ofStep, path: 'p', reason: 'r' },
  'file-removed': { kind: 'file-removed', ...ofStep, path: 'p', reason: 'r', dry: true },
  'file-copied': { kind: 'file-copied', ...ofStep, path: 'p', target: 't', dry: true },
  'dump-began': { kind: 'dump-began', ...ofStep, database: 'd', path: 'p' },
  'dump-ended': { kind: 'dump-ended', ...ofStep, database: 'd', path: 'p', bytes: 1, sha1: 'f', durationMs: 5, dry: false },
  'step-told': { kind: 'step-told', ...ofStep, text: 'x', isDetail: true },
  'check-ended': { kind: 'check-ended', task: 't', name: 'n', check: 'freshness', status: 'warn', reason: 'r', hint: 'H.', facts: [fact] },
  'run-ended': {
    kind: 'run-ended',
    result: {
      runId: 'r',
      task: 't',
      status: 'interrupted',
      began: at,
      ended: at,
      notes: ['n'],
      storages: [{ ...ofStep, storage: '/b', status: 'stopped', set: '2026', message: 'm' }],
      error: new RunError('locked', 'the task "t" is already running', {
        hint: 'Wait.',
        cause: new ProcessError('failed', 'EIO', { stderrTail: 'x\n' }),
      }),
      failedAt: { ...place, object: 'a/b' },
      signal: 'SIGTERM',
    },
  },
}

describe('decodeEvent', () => {
  for (const event of Object.values(SAMPLES))
    it(`reads what encodeEvent writes: ${event.kind}`, () => {
      const line = encodeEvent(event, at)
      const decoded = decodeEvent(line)
      assert.ok(decoded.kind === 'event', decoded.kind)
      assert.deepEqual(decoded.at, at)
      assert.equal(decoded.event.kind, event.kind)
      if (event.kind !== 'run-ended') assert.deepEqual(decoded.event, event)
      if (decoded.event.kind !== 'run-ended' || event.kind !== 'run-ended') return
      const { error, ...result } = decoded.event.result
      const { error: _, ...expected } = event.result
      assert.deepEqual(result, expected)
      assert.ok(error instanceof ReportedError)
      assert.deepEqual([error.code, error.message, error.hint, error.stderr], ['run/locked', 'the task "t" is already running: EIO', 'Wait.', 'x\n'])
    })

  it('passes over what a later version adds', () => {
    const time = at.toISOString()
    assert.deepEqual(decodeEvent(JSON.stringify({ time, kind: 'moon-landed', x: 1 })), { kind: 'unknown', at, name: 'moon-landed' })
    const event = { kind: 'set-expired', task: 't', step: 's', storage: '/b', set: 'x' }
    assert.deepEqual(decodeEvent(JSON.stringify({ time, ...event, later: [1] })), { kind: 'event', at, event })
    const decoded = decodeEvent(JSON.stringify({ time, kind: 'run-began', version: 99, taskId: 't' }))
    assert.ok(decoded.kind === 'invalid' && /version 99/u.test(decoded.reason))
  })

  it('reads the activity of stages with and without what another version adds', () => {
    const line = { time: at.toISOString(), kind: 'object-progress', ...ofStep, path: 'a', bytes: 1 }
    const later = { ...pipeline, later: 1, stages: pipeline.stages.map((it) => ({ ...it, later: 1 })) }
    const decoded = decodeEvent(JSON.stringify({ ...line, pipeline: later }))
    assert.ok(decoded.kind === 'event' && decoded.event.kind === 'object-progress')
    assert.deepEqual(decoded.event.pipeline, pipeline)
    assert.equal(decodeEvent(JSON.stringify(line)).kind, 'event')
    assert.deepEqual(decodeActivity(JSON.stringify(later)), pipeline)
    assert.deepEqual(['', '[]', '{"stages":[{}]}'].map(decodeActivity), [undefined, undefined, undefined])
  })

  it('refuses anything else', () => {
    const time = at.toISOString()
    for (const line of ['', 'x', '[]', '{}', '{"time":"now","kind":"note"}', JSON.stringify({ time, kind: '__proto__' }).slice(1)])
      assert.equal(decodeEvent(line).kind, 'invalid', line)
    assert.equal(decodeEvent(JSON.stringify({ time, kind: 'constructor' })).kind, 'unknown')
    const huge = {
      time,
      kind: 'rotation-decided',
      task: 't',
      step: 's',
      storage: '',
      rotation: { keep: [], expire: [{ name: '', bytes: '1e9', reason: '' }] },
    }
    assert.equal(decodeEvent(JSON.stringify(huge)).kind, 'invalid')
  })

  it('reads the streams that earlier versions have written', () => {
    const lines = readFileSync(new URL('../../test/golden/native/events/0.1.0.jsonl', import.meta.url), 'utf8')
      .split('\n')
      .slice(0, -1)
    const kinds = lines.map((line) => {
      const decoded = decodeEvent(line)
      return decoded.kind === 'event' ? decoded.event.kind : decoded
    })
    assert.deepEqual([kinds[0], kinds.at(-1)], ['run-began', 'run-ended'])
    assert.ok(
      kinds.every((it) => typeof it === 'string'),
      JSON.stringify(kinds),
    )
  })
})
