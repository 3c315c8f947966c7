import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openLineSplitter } from './line-splitter.ts'

const linesOf = (pieces: readonly string[]) => {
  const lines = openLineSplitter()
  return [...pieces.flatMap((it) => lines.take(it)), ...lines.rest()]
}

describe('lines of a program', () => {
  it('are the same however the text is cut, but for CR LF', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', 'é') })), (pieces) => {
        assert.deepEqual(linesOf(pieces), linesOf([pieces.join('')]))
      }),
    )
  })

  it('omit empty lines', () => {
    assert.deepEqual(linesOf(['a\r\n\n  \nb ', ' \rc']), ['a', 'b', 'c'])
  })

  it('are split if they are endless', () => {
    const lines = openLineSplitter()
    const pieces = Array.from({ length: 10 }, () => lines.take('x'.repeat(10_000))).flat()
    assert.ok(pieces.length >= 5)
    assert.equal([...pieces, ...lines.rest()].join('').length, 100_000)
  })
})
