import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { paintFor } from './paint.ts'

describe('paintFor', () => {
  it("colours terminals only, and not against the person's wish", () => {
    const terminal = { isTerminal: true } as never
    assert.equal(paintFor(terminal, {}).error('x'), '\u001b[1;31mx\u001b[0m')
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) assert.equal(paintFor(terminal, env).error('x'), 'x')
    assert.equal(paintFor({ isTerminal: false } as never, {}).error('x'), 'x')
  })
})
