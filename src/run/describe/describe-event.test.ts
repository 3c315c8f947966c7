import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunEvent } from '../events.ts'
import { LEVEL, renderEvent, renderRotation } from './describe-event.ts'

const began = new Date(0)
const where = { task: 't', step: 's', storage: '/b' }
const rotation = {
  keep: [{ name: '2022-01-02', reason: 'the new set' }],
  expire: [{ name: '2022-01-01', bytes: 5n, reason: 'more than 1 set' }],
}

describe('renderEvent', () => {
  const cases: readonly (readonly [RunEvent, readonly (readonly [number, string])[]])[] = [
    [{ kind: 'run-began', runId: 'r', task: 't', steps: [] }, [[LEVEL.DEBUG, 't: run r began\n']]],
    [{ kind: 'step-began', task: 't\u001b', index: 0, steps: 2, text: 'x' }, [[LEVEL.INFO, 't\\u001b: step 1 of 2: x\n']]],
    [{ kind: 'step-ended', task: 't', index: 0, durationMs: 1500 }, [[LEVEL.DEBUG, 't: step 1 done in 1.5 s\n']]],
    [{ kind: 'set-began', ...where, objects: 1 }, [[LEVEL.DEBUG, 't: making a new set of 1 object on /b\n']]],
    [{ kind: 'object-began', task: 't', step: 's', path: 'a\nb' }, [[LEVEL.INFO, 't: make "a\\nb"\n']]],
    [
      { kind: 'object-ended', task: 't', step: 's', path: 'a', bytes: 2048, sha256: 'ff', durationMs: 0 },
      [[LEVEL.DEBUG, 't: made "a": 2.0 KiB, sha256 ff, in 0.0 s\n']],
    ],
    [{ kind: 'object-ended', task: 't', step: 's', path: 'a', durationMs: 0 }, [[LEVEL.DEBUG, 't: made "a" in 0.0 s\n']]],
    [{ kind: 'set-published', ...where, set: 'x', bytes: 1 }, [[LEVEL.INFO, 't: published x on /b: 1 B\n']]],
    [{ kind: 'set-expired', ...where, set: 'x' }, [[LEVEL.INFO, 't: expired x on /b\n']]],
    [{ kind: 'note', task: 't', text: 'x' }, [[LEVEL.INFO, 't: note: x\n']]],
    [{ kind: 'stderr', task: 't', stage: 's', text: 'half a li', show: 'always' }, [[LEVEL.ALWAYS, 'half a li']]],
    [{ kind: 'stderr', task: 't', stage: 's', text: 'x', show: 'verbose' }, [[LEVEL.DEBUG, 'x']]],
    [{ kind: 'stderr', task: 't', stage: 's', text: 'x', show: 'never' }, []],
    [
      { kind: 'run-ended', result: { runId: 'r', task: 't', status: 'warnings', began, ended: new Date(65_000), notes: ['x'] } },
      [[LEVEL.INFO, 't: succeeded in 1 min 5 s\n']],
    ],
    [{ kind: 'run-ended', result: { runId: 'r', task: 't', status: 'failed', began, ended: began, notes: [] } }, []],
  ]
  for (const [event, lines] of cases) {
    it(`${event.kind}: ${lines.map(([, text]) => text.trim()).join() || 'nothing'}`, () => {
      assert.deepEqual(
        renderEvent(event).map(({ level, text }) => [level, text]),
        lines,
      )
    })
  }
})

describe('renderRotation', () => {
  it('lists each set with its reason, oldest first', () => {
    assert.deepEqual(renderRotation(rotation), ['expire 2022-01-01: more than 1 set', 'keep 2022-01-02: the new set'])
  })

  it('contains the reason why nothing was decided', () => {
    assert.deepEqual(renderRotation({ keep: [], expire: [], skipped: 'the clock was set back' }), ['nothing expires: the clock was set back'])
  })
})
