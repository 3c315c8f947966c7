import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pythonFloat } from './python-float.ts'

describe('pythonFloat', () => {
  it('gives digits that are parsed as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pythonFloat(value)
        assert.ok(Object.is(Number(text), value), text)
        assert.match(text, /^-?\d+(?:\.\d+)?(?:e[-+]\d{2,})?$/u)
        assert.ok(/[.e]/u.test(text), text)
      }),
    )
  })
})
