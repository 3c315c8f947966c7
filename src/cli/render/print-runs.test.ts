import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RunState } from '../../journal/run-record.ts'
import { PLAIN } from '../../run/describe/paint.ts'
import { paintFor } from '../terminal/paint.ts'
import { paintState } from './print-runs.ts'

describe('paintState', () => {
  const red = '\u001b[1;31m'
  const yellow = '\u001b[33m'
  const cases: readonly (readonly [RunState, string])[] = [
    ['ok', ''],
    ['running', ''],
    ['warnings', yellow],
    ['partial', red],
    ['failed', red],
    ['locked', red],
    ['interrupted', red],
    ['killed', red],
  ]
  const terminal = { isTerminal: true, columns: () => 80, write: () => undefined, flushed: async () => true, trouble: () => undefined }
  for (const [state, colour] of cases) {
    it(`${state}: ${colour === '' ? 'plain' : colour === red ? 'red' : 'yellow'} on a terminal`, () => {
      assert.equal(paintState('x', state, paintFor(terminal, {})), colour === '' ? 'x' : `${colour}x\u001b[0m`)
      assert.equal(paintState('x', state, PLAIN), 'x')
    })
  }
})
